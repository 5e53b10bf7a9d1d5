package io.headgate.pagination;

import io.headgate.pagination.UrlParameters.Parameter;
import java.util.List;
import org.springframework.http.server.reactive.ServerHttpRequest;

/**
 * The links of one answer: references without a host, so that they hold behind any proxy, with the client's own
 * parameters as it wrote them.
 */
record PageLinks(ServerHttpRequest client, List<Parameter> others, int limit) {

    String first() {
        return "<" + base() + ">; rel=\"first\"";
    }

    String to(String cursor, String relation) {
        return "<" + base() + "&cursor=" + cursor + ">; rel=\"" + relation + "\"";
    }

    private String base() {
        String kept = UrlParameters.write(others);
        return client.getURI().getRawPath() + "?" + kept + (kept.isEmpty() ? "" : "&") + "limit=" + limit;
    }

    boolean areOfUse() {
        return PageFilter.hasLinks(client);
    }
}
