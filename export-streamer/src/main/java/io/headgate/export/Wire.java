package io.headgate.export;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.springframework.http.server.reactive.AbstractServerHttpResponse;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.http.server.reactive.ServerHttpResponseDecorator;
import reactor.core.publisher.Flux;
import reactor.netty.http.server.HttpServerResponse;

/** The connection below an answer, for what answers themselves cannot do. Where there is none, nothing is done. */
final class Wire {

    private final Optional<HttpServerResponse> server;
    private final Optional<Channel> channel;

    private Wire(Optional<HttpServerResponse> server) {
        this.server = server;
        this.channel = server.map(Wire::channel);
    }

    static Wire of(ServerHttpResponse response) {
        ServerHttpResponse bare = response;
        while (bare instanceof ServerHttpResponseDecorator decorator) {
            bare = decorator.getDelegate();
        }
        return new Wire(
                bare instanceof AbstractServerHttpResponse own
                                && own.getNativeResponse() instanceof HttpServerResponse netty
                        ? Optional.of(netty)
                        : Optional.empty());
    }

    private static Channel channel(HttpServerResponse server) {
        var channel = new AtomicReference<@Nullable Channel>();
        server.withConnection(connection -> channel.set(connection.channel()));
        return Optional.ofNullable(channel.get()).orElseThrow();
    }

    /** @param writing asked for when the last byte is sent, where the protocol has a place behind it */
    void trailers(Consumer<HttpHeaders> writing) {
        server.ifPresent(response -> response.trailerHeaders(writing));
    }

    /** @param pieces come on the connection's thread */
    <T> Flux<T> paced(Flux<T> pieces) {
        return channel.map(connection -> pieces.transform(WhenWritable.of(connection)))
                .orElse(pieces);
    }

    boolean isOpen() {
        return channel.map(Channel::isActive).orElse(true);
    }

    /**
     * Ends the connection, or the stream on it, at once and visibly: what waits to be written goes nowhere. To a client of
     * HTTP/1.0 a quiet end would mean that all has come.
     */
    void reset() {
        channel.filter(Channel::isActive).ifPresent(connection -> {
            connection.config().setOption(ChannelOption.SO_LINGER, 0);
            connection.close();
        });
    }
}
