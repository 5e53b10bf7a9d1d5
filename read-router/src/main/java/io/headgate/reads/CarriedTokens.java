package io.headgate.reads;

import io.headgate.api.InternalHeaders;
import java.util.ArrayList;
import java.util.List;
import org.springframework.http.HttpCookie;
import org.springframework.http.HttpHeaders;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.server.ServerWebExchange;

/** The tokens that a request brings, and the one that its answer hands out: in a header, and for browsers in a cookie. */
public final class CarriedTokens {

    static final String COOKIE = "headgate-consistency";

    /** Browsers say of every request where it comes from; nobody else does. */
    private static final String OF_BROWSERS = "Sec-Fetch-Site";

    private CarriedTokens() {}

    public static List<String> brought(ServerHttpRequest request) {
        List<String> inHeaders = request.getHeaders().getOrEmpty(InternalHeaders.CONSISTENCY);
        if (!hasCookie(request)) {
            return inHeaders;
        }
        List<String> all = new ArrayList<>(inHeaders);
        request.getCookies().getOrDefault(COOKIE, List.of()).stream()
                .map(HttpCookie::getValue)
                .forEach(all::add);
        return all;
    }

    public static void handOut(String token, ServerWebExchange exchange) {
        ServerHttpRequest request = exchange.getRequest();
        HttpHeaders headers = exchange.getResponse().getHeaders();
        headers.set(InternalHeaders.CONSISTENCY, token);
        if (hasCookie(request) || request.getHeaders().getFirst(OF_BROWSERS) != null) {
            headers.add(HttpHeaders.SET_COOKIE, cookie(token, request));
        }
    }

    /** Of this host alone, out of reach of scripts, and never sent along by other sites' pages. */
    private static String cookie(String token, ServerHttpRequest request) {
        boolean isSecure = "https".equals(request.getURI().getScheme());
        return COOKIE + "=" + token + "; Path=/; HttpOnly; SameSite=Lax" + (isSecure ? "; Secure" : "");
    }

    private static boolean hasCookie(ServerHttpRequest request) {
        String cookies = request.getHeaders().getFirst(HttpHeaders.COOKIE);
        return cookies != null && cookies.contains(COOKIE);
    }
}
