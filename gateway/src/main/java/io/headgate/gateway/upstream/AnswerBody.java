package io.headgate.gateway.upstream;

import io.headgate.api.InternalHeaders;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.core.io.buffer.NettyDataBufferFactory;
import org.springframework.http.HttpMethod;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.Connection;
import reactor.netty.http.client.HttpClientResponse;
import reactor.netty.http.server.HttpServerResponse;

/** The bytes of an answer on their way to the client, and its trailers. */
final class AnswerBody {

    private final ServerWebExchange exchange;
    private final UpstreamProperties properties;
    private final CallClock clock;
    private final Connection connection;
    private final HttpClientResponse response;
    private @Nullable HttpHeaders trailers;

    AnswerBody(
            ServerWebExchange exchange,
            UpstreamProperties properties,
            CallClock clock,
            Connection connection,
            HttpClientResponse response) {
        this.exchange = exchange;
        this.properties = properties;
        this.clock = clock;
        this.connection = connection;
        this.response = response;
    }

    /** @param broken what the client is told where the backend does not end what it began */
    Mono<Void> write(Runnable whenWhole, UnaryOperator<Throwable> broken) {
        Flux<DataBuffer> body = content().doOnComplete(whenWhole).onErrorMap(broken);
        if (hasNoBody()) {
            return body.then(exchange.getResponse().setComplete());
        }
        long length = contentLength();
        return length >= 0 && length <= properties.wholeAnswer().toBytes()
                ? exchange.getResponse().writeWith(DataBufferUtils.join(body))
                : exchange.getResponse().writeWith(body);
    }

    private Flux<DataBuffer> content() {
        var factory = exchange.getResponse().bufferFactory();
        Flux<ByteBuf> bytes = connection.inbound().receive().retain();
        Flux<DataBuffer> content = factory instanceof NettyDataBufferFactory netty
                ? bytes.map(buffer -> {
                    clock.moved();
                    return netty.wrap(buffer);
                })
                : bytes.map(buffer -> {
                    byte[] copy = ByteBufUtil.getBytes(buffer);
                    buffer.release();
                    return factory.wrap(copy);
                });
        return passesTrailers() ? content.concatWith(awaitedTrailers()) : content;
    }

    private Mono<DataBuffer> awaitedTrailers() {
        return response.trailerHeaders()
                .doOnNext(received -> trailers = received)
                .then(Mono.empty());
    }

    private boolean passesTrailers() {
        HttpHeaders headers = response.responseHeaders();
        String type = headers.get(HttpHeaderNames.CONTENT_TYPE);
        boolean expected =
                headers.contains(HttpHeaderNames.TRAILER) || type != null && type.startsWith("application/grpc");
        if (!expected) {
            return false;
        }
        HttpServerResponse server = NativeServer.behind(exchange.getResponse());
        if (server != null) {
            server.trailerHeaders(target -> {
                if (trailers != null) {
                    trailers.forEach(trailer -> {
                        if (!InternalHeaders.isInternal(trailer.getKey())) {
                            target.add(trailer.getKey(), trailer.getValue());
                        }
                    });
                }
            });
        }
        return server != null;
    }

    private boolean hasNoBody() {
        int status = response.status().code();
        return exchange.getRequest().getMethod() == HttpMethod.HEAD
                || status == 204
                || status == 304
                || contentLength() == 0
                || response.responseHeaders().contains("grpc-status"); // trailers only: they stand in the head
    }

    private long contentLength() {
        String length = response.responseHeaders().get(HttpHeaderNames.CONTENT_LENGTH);
        try {
            return length == null ? -1 : Long.parseLong(length);
        } catch (NumberFormatException e) {
            return -1;
        }
    }
}
