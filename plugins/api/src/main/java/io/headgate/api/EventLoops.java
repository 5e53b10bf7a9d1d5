package io.headgate.api;

import org.jspecify.annotations.Nullable;
import org.springframework.http.server.reactive.AbstractServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpRequestDecorator;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.netty.Connection;

/**
 * Where a request's connection lives. A step that waited for another thread goes back there with {@code publishOn}: an
 * exchange that is carried on elsewhere races with the server's reading, and about one connection in a few thousand
 * requests is never read again.
 */
public final class EventLoops {

    private EventLoops() {}

    public static Scheduler of(ServerHttpRequest request) {
        ServerHttpRequest bare = request;
        while (bare instanceof ServerHttpRequestDecorator decorator) {
            bare = decorator.getDelegate();
        }
        return nativeRequest(bare) instanceof Connection connection
                ? Schedulers.fromExecutor(connection.channel().eventLoop())
                : Schedulers.immediate();
    }

    private static @Nullable Object nativeRequest(ServerHttpRequest request) {
        try {
            return request instanceof AbstractServerHttpRequest server ? server.getNativeRequest() : null;
        } catch (IllegalStateException e) {
            return null; // a request of a test, which has no server behind it
        }
    }
}
