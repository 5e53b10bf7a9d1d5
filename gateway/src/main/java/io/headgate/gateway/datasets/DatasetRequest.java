package io.headgate.gateway.datasets;

import io.headgate.api.Problem;
import io.headgate.api.ProblemType;
import io.headgate.api.ResourceId;
import java.util.Set;
import org.springframework.http.HttpMethod;
import org.springframework.http.server.reactive.ServerHttpRequest;

/**
 * Which dataset a request is about, and where it has its query.
 *
 * @param inBody as {@code QUERY} of the rows and {@code POST} to their path and {@code /query} have it
 */
record DatasetRequest(ResourceId dataset, boolean inBody) {

    static final String ROOT = "/api/v1/datasets";
    static final HttpMethod QUERY = HttpMethod.valueOf("QUERY");

    private static final String ROWS = "rows";

    /** {@code /api/v1/datasets/{team}/{name}/rows}, and with {@code /query} behind it. */
    static DatasetRequest of(ServerHttpRequest request) {
        String path = request.getURI().getRawPath();
        String[] parts =
                path.startsWith(ROOT + "/") ? path.substring(ROOT.length() + 1).split("/", -1) : new String[0];
        boolean isRows = parts.length == 3 && parts[2].equals(ROWS);
        boolean isPosted = parts.length == 4 && parts[2].equals(ROWS) && parts[3].equals("query");
        if (!isRows && !isPosted || !ResourceId.isSlug(parts[0]) || !ResourceId.isSlug(parts[1])) {
            throw Problem.of(
                            ProblemType.NOT_FOUND,
                            "There is nothing at this path (expected: " + ROOT + "/{team}/{name}/rows, or that and"
                                    + " /query).")
                    .asException();
        }
        requireMethod(
                request.getMethod(), isRows ? Set.of(HttpMethod.GET, HttpMethod.HEAD, QUERY) : Set.of(HttpMethod.POST));
        return new DatasetRequest(
                new ResourceId(parts[0], parts[1]),
                isPosted || request.getMethod().equals(QUERY));
    }

    private static void requireMethod(HttpMethod method, Set<HttpMethod> allowed) {
        if (!allowed.contains(method)) {
            throw new Problem.MethodNotAllowed(allowed).asException();
        }
    }
}
