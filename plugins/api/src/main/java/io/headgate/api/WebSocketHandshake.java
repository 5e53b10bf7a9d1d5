package io.headgate.api;

import org.springframework.http.HttpMethod;
import org.springframework.http.server.reactive.ServerHttpRequest;

/**
 * What asks for a connection of frames. Other upgrades are offers that the edge lets pass by: some clients offer h2c
 * with every request, which is a request like any other.
 */
public final class WebSocketHandshake {

    private WebSocketHandshake() {}

    public static boolean isOne(ServerHttpRequest request) {
        return request.getMethod() == HttpMethod.GET
                && "websocket".equalsIgnoreCase(request.getHeaders().getUpgrade());
    }
}
