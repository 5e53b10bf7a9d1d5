package io.headgate.gateway.admin;

import io.headgate.gateway.registry.ListRequest;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import java.util.function.Function;
import org.springframework.web.reactive.function.server.ServerRequest;

/**
 * Which page of a list is asked for.
 *
 * @param after what the last page ended with
 */
record PageRequest<C>(int limit, Optional<C> after) {

    static final int MAX_LIMIT = ListRequest.MAX_LIMIT;

    private static final int MAX_CURSOR = 512;

    /** @param position reads what a cursor holds; throws {@link IllegalArgumentException} where it makes no sense */
    static <C> PageRequest<C> of(ServerRequest request, int otherwise, Function<String, C> position) {
        int limit = request.queryParam("limit").map(PageRequest::limit).orElse(otherwise);
        return new PageRequest<>(limit, request.queryParam("cursor").map(cursor -> decode(cursor, position)));
    }

    static String cursor(Object position) {
        byte[] bytes = position.toString().getBytes(StandardCharsets.UTF_8);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /** More than the maximum is the maximum: the answer says which limit was in force. */
    private static int limit(String text) {
        if (text.matches("[0-9]{1,64}") && !text.matches("0+")) {
            return text.length() > 9 ? MAX_LIMIT : Math.min(MAX_LIMIT, Integer.parseInt(text));
        }
        throw Refusals.malformed("limit: '" + Refusals.excerpt(text) + "' (expected: 1.." + MAX_LIMIT + ")");
    }

    private static <C> C decode(String cursor, Function<String, C> position) {
        try {
            if (cursor.length() > MAX_CURSOR) {
                throw new IllegalArgumentException("too long");
            }
            return position.apply(new String(Base64.getUrlDecoder().decode(cursor), StandardCharsets.UTF_8));
        } catch (IllegalArgumentException e) {
            throw Refusals.malformed("cursor: '" + Refusals.excerpt(cursor)
                    + "' (expected: the next_cursor of an earlier page of this list)");
        }
    }
}
