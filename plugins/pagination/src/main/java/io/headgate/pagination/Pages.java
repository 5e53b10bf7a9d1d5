package io.headgate.pagination;

import io.headgate.api.PathTemplate;
import java.util.List;
import org.springframework.http.HttpMethod;
import org.springframework.http.server.reactive.ServerHttpRequest;

/** Tells requests for a page from all others. */
final class Pages {

    private static final HttpMethod QUERY = HttpMethod.valueOf("QUERY");
    private static final String QUERY_SUFFIX = "/query";

    private Pages() {}

    /** A read of a collection, {@code QUERY} of one, or {@code POST} to its path and {@code /query}. */
    static boolean isAskedFor(ServerHttpRequest request, List<PathTemplate> collections) {
        HttpMethod method = request.getMethod();
        String path = bare(request.getURI().getRawPath());
        if (method == HttpMethod.GET || method == HttpMethod.HEAD || method.equals(QUERY)) {
            return isCollection(path, collections);
        }
        return method == HttpMethod.POST
                && path.endsWith(QUERY_SUFFIX)
                && isCollection(path.substring(0, path.length() - QUERY_SUFFIX.length()), collections);
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
