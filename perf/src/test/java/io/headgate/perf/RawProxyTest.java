package io.headgate.perf;

import io.netty.channel.Channel;
import java.net.InetSocketAddress;
import java.util.Map;
import org.junit.jupiter.api.Test;
import reactor.netty.DisposableServer;

class RawProxyTest {
    private static final long LARGE = 64L << 20;

    /** The drill compares what was sent with what arrived and throws where they differ. */
    @Test
    void streamsALargeBodyBothWays() throws Exception {
        Channel stub = StubBackend.start(0, new byte[0]);
        int backend = ((InetSocketAddress) stub.localAddress()).getPort();
        DisposableServer proxy =
                RawProxy.proxy(0, "http://127.0.0.1:" + backend).bindNow();
        try {
            BodyDrill.upload(proxy.port(), LARGE, Map.of());
            BodyDrill.download(proxy.port(), LARGE, Map.of());
        } finally {
            proxy.disposeNow();
            stub.close().sync();
            stub.eventLoop().parent().shutdownGracefully();
        }
    }
}
