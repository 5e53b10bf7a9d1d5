package io.headgate.gateway.edge;

import io.headgate.api.PathTemplate;
import io.headgate.api.PathTemplate.Literal;
import io.headgate.api.Problem;
import io.headgate.api.ProblemType;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.util.HtmlUtils;
import reactor.core.publisher.Mono;
import tools.jackson.databind.json.JsonMapper;

/** What the gateway serves itself, to anyone: the pages that explain problems, and the keys that callers are signed with. */
final class BuiltIns {

    private static final String PROBLEMS = "/problems";
    private static final String WELL_KNOWN = ".well-known";
    private static final String WELL_KNOWN_PREFIX = "headgate-";
    private static final String KEYS = "/.well-known/headgate-jwks.json";

    private static final PathTemplate PROBLEM_PAGES = PathTemplate.parse("/problems/**");
    private static final Set<HttpMethod> READING = Set.of(HttpMethod.GET, HttpMethod.HEAD);
    private static final String FOR_MINUTES = "public, max-age=300";
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final CallerHeaders callerHeaders;

    BuiltIns(CallerHeaders callerHeaders) {
        this.callerHeaders = callerHeaders;
    }

    /** Whether a route could take nothing but what belongs to the gateway; a wider route keeps the rest. */
    static boolean owns(PathTemplate path) {
        return PROBLEM_PAGES.contains(path)
                || path.segments().size() >= 2
                        && path.segments().getFirst() instanceof Literal(String first)
                        && path.segments().get(1) instanceof Literal(String second)
                        && first.equals(WELL_KNOWN)
                        && second.startsWith(WELL_KNOWN_PREFIX);
    }

    static boolean owns(String path) {
        return path.startsWith(PROBLEMS)
                        && (path.length() == PROBLEMS.length() || path.charAt(PROBLEMS.length()) == '/')
                || path.startsWith("/" + WELL_KNOWN + "/" + WELL_KNOWN_PREFIX);
    }

    Mono<Void> serve(ServerWebExchange exchange, String path) {
        HttpMethod method = exchange.getRequest().getMethod();
        Optional<Page> page = page(exchange.getRequest(), path);
        if (page.isEmpty()) {
            throw Problem.of(ProblemType.NO_ROUTE, "There is no such page of the gateway.")
                    .asException();
        }
        if (!READING.contains(method)) {
            throw new Problem.MethodNotAllowed(READING).asException();
        }
        return write(exchange, page.get());
    }

    private record Page(String mediaType, String text) {}

    private Optional<Page> page(ServerHttpRequest request, String path) {
        if (path.equals(KEYS)) {
            return Optional.of(new Page("application/jwk-set+json", callerHeaders.publicKeys()));
        }
        boolean html = wantsHtml(request);
        if (path.equals(PROBLEMS) || path.equals(PROBLEMS + "/")) {
            return Optional.of(html ? htmlIndex() : jsonIndex());
        }
        return path.startsWith(PROBLEMS + "/")
                ? ProblemType.ofSlug(path.substring(PROBLEMS.length() + 1)).map(it -> html ? htmlOf(it) : jsonOf(it))
                : Optional.empty();
    }

    private static boolean wantsHtml(ServerHttpRequest request) {
        String accept = request.getHeaders().getFirst(HttpHeaders.ACCEPT);
        return accept != null && accept.contains("text/html");
    }

    private static Mono<Void> write(ServerWebExchange exchange, Page page) {
        byte[] body = page.text.getBytes(StandardCharsets.UTF_8);
        ServerHttpResponse response = exchange.getResponse();
        HttpHeaders headers = response.getHeaders();
        headers.set(HttpHeaders.CONTENT_TYPE, page.mediaType);
        headers.set(HttpHeaders.CACHE_CONTROL, FOR_MINUTES);
        headers.set(HttpHeaders.VARY, HttpHeaders.ACCEPT);
        headers.set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'");
        headers.set("X-Content-Type-Options", "nosniff");
        headers.setContentLength(body.length);
        response.setRawStatusCode(200);
        return exchange.getRequest().getMethod() == HttpMethod.HEAD
                ? response.setComplete()
                : response.writeWith(Mono.just(response.bufferFactory().wrap(body)));
    }

    private static Page jsonIndex() {
        List<Map<String, Object>> all =
                Arrays.stream(ProblemType.values()).map(BuiltIns::members).toList();
        return new Page("application/json", JSON.writeValueAsString(Map.of("problems", all)));
    }

    private static Page jsonOf(ProblemType type) {
        return new Page("application/problem+json", JSON.writeValueAsString(members(type)));
    }

    private static Map<String, Object> members(ProblemType type) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("type", type.path());
        members.put("title", type.title());
        members.put("status", type.status());
        members.put("detail", type.meaning());
        members.put("remedy", type.remedy());
        return members;
    }

    private static Page htmlIndex() {
        var rows = new StringBuilder();
        for (ProblemType type : ProblemType.values()) {
            rows.append("<tr><td>")
                    .append(type.status())
                    .append("</td><td><a href=\"")
                    .append(type.path())
                    .append("\">")
                    .append(HtmlUtils.htmlEscape(type.title()))
                    .append("</a></td><td>")
                    .append(HtmlUtils.htmlEscape(type.meaning()))
                    .append("</td></tr>\n");
        }
        return html("Problems", "<table>\n" + rows + "</table>");
    }

    private static Page htmlOf(ProblemType type) {
        return html(
                type.title(),
                "<p class=\"status\">" + type.status() + " &middot; <code>" + type.path() + "</code></p>\n<p>"
                        + HtmlUtils.htmlEscape(type.meaning()) + "</p>\n<h2>What to do</h2>\n<p>"
                        + HtmlUtils.htmlEscape(type.remedy()) + "</p>\n<p><a href=\"" + PROBLEMS
                        + "\">All problems</a></p>");
    }

    private static Page html(String title, String body) {
        String safe = HtmlUtils.htmlEscape(title);
        return new Page("text/html; charset=utf-8", """
                <!doctype html>
                <html lang="en">
                <meta charset="utf-8">
                <meta name="viewport" content="width=device-width">
                <title>%s</title>
                <style>
                body { font: 1rem/1.5 system-ui, sans-serif; max-width: 50rem; margin: 3rem auto; padding: 0 1rem; color: #222 }
                td { padding: .3rem .8rem .3rem 0; vertical-align: top } code { background: #f2f2f2; padding: 0 .3rem }
                .status { color: #666 }
                </style>
                <h1>%s</h1>
                %s
                </html>
                """.formatted(safe, safe, body));
    }
}
