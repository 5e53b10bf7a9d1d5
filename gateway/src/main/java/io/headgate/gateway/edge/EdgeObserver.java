package io.headgate.gateway.edge;

import org.springframework.web.server.ServerWebExchange;

/** Sees every request that the edge has read, twice: when it begins and when nothing more can happen to it. */
public interface EdgeObserver {

    /** After hygiene gave the request its id, before anything is decided; runs on the event loop and must not throw. */
    default void started(ServerWebExchange exchange, EdgeRecord record) {}

    /**
     * Called exactly once: when the last byte has been handed over, when the exchange failed, or when the client went
     * away. Runs on the event loop and must not throw.
     */
    void completed(ServerWebExchange exchange, EdgeRecord record);
}
