package io.headgate.filter;

import io.headgate.api.PathTemplate;
import java.util.List;
import org.springframework.http.HttpMethod;
import org.springframework.http.server.reactive.ServerHttpRequest;

/** Whether a request is a query, and where it has it. */
enum RequestKind {
    /** A read of a collection. */
    URL,
    /** {@code QUERY} of a collection, or {@code POST} to its path and {@code /query}. */
    BODY,
    /** Everything else: it may have no query at all. */
    NONE;

    private static final String QUERY_SUFFIX = "/query";

    private static final HttpMethod QUERY = HttpMethod.valueOf("QUERY");

    static RequestKind of(ServerHttpRequest request, List<PathTemplate> collections) {
        HttpMethod method = request.getMethod();
        String path = bare(request.getURI().getRawPath());
        if (method == HttpMethod.GET || method == HttpMethod.HEAD) {
            return isCollection(path, collections) ? URL : NONE;
        }
        if (method.equals(QUERY)) {
            return isCollection(path, collections) ? BODY : NONE;
        }
        boolean isPosted = method == HttpMethod.POST
                && path.endsWith(QUERY_SUFFIX)
                && isCollection(path.substring(0, path.length() - QUERY_SUFFIX.length()), collections);
        return isPosted ? BODY : NONE;
    }

    /** The collection that a posted query is about. */
    static String collectionOf(String path) {
        String bare = bare(path);
        return bare.endsWith(QUERY_SUFFIX) ? bare.substring(0, bare.length() - QUERY_SUFFIX.length()) : bare;
    }

    /** A slash at the end makes no other collection for most backends. */
    private static String bare(String path) {
        return path.length() > 1 && path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
    }

    private static boolean isCollection(String path, List<PathTemplate> collections) {
        String[] segments = PathTemplate.split(path);
        for (PathTemplate collection : collections) {
            if (collection.matches(segments)) {
                return true;
            }
        }
        return false;
    }
}
