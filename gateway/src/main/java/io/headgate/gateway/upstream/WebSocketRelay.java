package io.headgate.gateway.upstream;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.websocketx.WebSocketClientHandshakeException;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpResponse;
import reactor.core.publisher.Mono;
import reactor.netty.Connection;
import reactor.netty.http.client.WebsocketClientSpec;
import reactor.netty.http.server.HttpServerResponse;
import reactor.netty.http.server.WebsocketServerSpec;
import reactor.netty.http.websocket.WebsocketInbound;
import reactor.netty.http.websocket.WebsocketOutbound;

/**
 * Passes frames between a client and a backend as they come, pings and pongs among them, and carries the code with
 * which one side closes to the other. Neither side is read faster than the other one takes.
 */
final class WebSocketRelay {
    private static final String PROTOCOL = "sec-websocket-protocol";
    private static final List<String> HANDSHAKE =
            List.of("sec-websocket-key", "sec-websocket-version", "sec-websocket-extensions", PROTOCOL);

    private final Connection backend;
    private final Runnable moved;

    WebSocketRelay(Connection backend, Runnable moved) {
        this.backend = backend;
        this.moved = moved;
    }

    /** The gateway shakes hands anew with each side, without extensions. */
    static void removeHandshake(HttpHeaders headers) {
        HANDSHAKE.forEach(headers::remove);
    }

    static WebsocketClientSpec clientSpec(ServerHttpRequest request, UpstreamProperties properties) {
        var spec = WebsocketClientSpec.builder().handlePing(true).maxFramePayloadLength((int)
                properties.maxWebsocketFrame().toBytes());
        List<String> protocols = new ArrayList<>(request.getHeaders().getOrEmpty(PROTOCOL));
        return protocols.isEmpty()
                ? spec.build()
                : spec.protocols(String.join(",", protocols)).build();
    }

    /** What the backend answered instead of upgrading; null where it answered nothing. */
    static @Nullable HttpResponse refusalIn(Throwable error) {
        return error instanceof WebSocketClientHandshakeException handshake ? handshake.response() : null;
    }

    Mono<Void> run(ServerHttpResponse response, @Nullable HttpServerResponse server, UpstreamProperties properties) {
        if (server == null) {
            return Mono.error(new IllegalStateException("this server cannot upgrade a connection"));
        }
        String protocol = ((WebsocketInbound) backend.inbound()).selectedSubprotocol();
        var spec = WebsocketServerSpec.builder().handlePing(true).maxFramePayloadLength((int)
                properties.maxWebsocketFrame().toBytes());
        WebsocketServerSpec agreed =
                protocol == null ? spec.build() : spec.protocols(protocol).build();
        return response.setComplete().then(Mono.defer(() -> Mono.from(server.sendWebsocket(this::relay, agreed))));
    }

    private Mono<Void> relay(WebsocketInbound clientIn, WebsocketOutbound clientOut) {
        var backendIn = (WebsocketInbound) backend.inbound();
        var backendOut = (WebsocketOutbound) backend.outbound();
        return Mono.when(
                pass(clientIn, backendOut, WebSocketCloseStatus.ENDPOINT_UNAVAILABLE),
                pass(backendIn, clientOut, WebSocketCloseStatus.BAD_GATEWAY));
    }

    /** @param lost what the one side hears where the other is gone without a word */
    private Mono<Void> pass(WebsocketInbound from, WebsocketOutbound to, WebSocketCloseStatus lost) {
        Mono<Void> frames =
                to.sendObject(from.receiveFrames().map(this::passed)).then();
        Mono<Void> close = from.receiveCloseStatus().defaultIfEmpty(lost).flatMap(status -> close(to, status, lost));
        return Mono.when(frames.onErrorComplete(), close.onErrorComplete());
    }

    private static Mono<Void> close(WebsocketOutbound to, WebSocketCloseStatus status, WebSocketCloseStatus lost) {
        return switch (status.code()) {
            case -1, 1005 -> to.sendClose();
            case 1006 -> to.sendClose(lost.code(), lost.reasonText());
            default -> to.sendClose(status.code(), status.reasonText());
        };
    }

    private WebSocketFrame passed(WebSocketFrame frame) {
        moved.run();
        return frame.retain();
    }
}
