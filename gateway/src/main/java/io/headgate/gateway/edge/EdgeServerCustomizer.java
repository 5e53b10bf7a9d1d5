package io.headgate.gateway.edge;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import org.springframework.boot.reactor.netty.NettyServerCustomizer;
import org.springframework.util.unit.DataSize;
import reactor.netty.NettyPipeline;
import reactor.netty.http.server.HttpServer;

/** Sets the time-outs of reading, and puts the gate into each connection that speaks HTTP/1. */
final class EdgeServerCustomizer implements NettyServerCustomizer {

    private static final String AFTER_HANDSHAKE = "headgate.afterHandshake";

    private final EdgeProperties properties;
    private final int maxInitialLine;
    private final int maxHeaders;

    EdgeServerCustomizer(EdgeProperties properties, DataSize maxInitialLine, DataSize maxHeaders) {
        this.properties = properties;
        this.maxInitialLine = Math.toIntExact(maxInitialLine.toBytes());
        this.maxHeaders = Math.toIntExact(maxHeaders.toBytes());
    }

    @Override
    public HttpServer apply(HttpServer server) {
        return server.readTimeout(properties.bodyIdleTimeout())
                .requestTimeout(properties.bodyTimeout())
                .doOnChannelInit((observer, channel, address) -> install(channel));
    }

    private void install(Channel channel) {
        if (!addGate(channel.pipeline())) {
            // the bridge at the end lets no event through
            channel.pipeline().addBefore(NettyPipeline.ReactiveBridge, AFTER_HANDSHAKE, new AfterHandshake());
        }
    }

    private boolean addGate(ChannelPipeline pipeline) {
        boolean speaksHttp1 = pipeline.get(NettyPipeline.HttpTrafficHandler) != null;
        if (speaksHttp1 && pipeline.get(RequestGate.NAME) == null) {
            if (pipeline.get(NettyPipeline.HttpCodec) instanceof HttpServerCodec) {
                pipeline.replace(
                        NettyPipeline.HttpCodec,
                        NettyPipeline.HttpCodec,
                        new StrictHttpCodec(maxInitialLine, maxHeaders, properties.headerTimeout()));
            }
            pipeline.addBefore(NettyPipeline.HttpTrafficHandler, RequestGate.NAME, new RequestGate());
            pipeline.addBefore(RequestGate.NAME, UnreadBody.NAME, new UnreadBody(properties.unreadBody()));
        }
        return speaksHttp1;
    }

    /** With TLS it is known only after the handshake which protocol a connection speaks. */
    private final class AfterHandshake extends ChannelInboundHandlerAdapter {
        @Override
        public void userEventTriggered(ChannelHandlerContext context, Object event) {
            if (event instanceof SslHandshakeCompletionEvent) {
                addGate(context.pipeline());
                context.pipeline().remove(this);
            }
            context.fireUserEventTriggered(event);
        }
    }
}
