package io.headgate.perf;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class GeneratorTest {
    private static final Duration SHORT = Duration.ofMillis(200);

    private final Generator generator = new Generator();
    private Channel server;

    @BeforeEach
    void startTheStub() throws InterruptedException {
        server = StubBackend.start(0, new byte[0]);
    }

    @AfterEach
    void stop() {
        generator.close();
        server.close().syncUninterruptibly();
        server.eventLoop().parent().shutdownGracefully();
    }

    @Test
    void asksTheStubInAClosedLoopAndCountsItsAnswers() throws Exception {
        var result = generator.run(LoadPlan.closed(port(), 4, SHORT, Map.of("X-Any", "1")));

        assertThat(result.requests()).isPositive();
        assertThat(result.failed()).as(result.failure()).isZero();
        assertThat(result.isGood()).isTrue();
        assertThat(result.p50()).isPositive().isLessThanOrEqualTo(result.p99());
    }

    @Test
    void asksAtAFixedRateOverAllPaths() throws Exception {
        var plan = LoadPlan.closed(port(), 4, SHORT, Map.of()).overRoutes(1_000).at(100);

        var result = generator.run(plan);

        assertThat(result.requests() + result.unsent()).isBetween(19L, 20L);
        assertThat(result.failed()).as(result.failure()).isZero();
    }

    @Test
    void countsAnAnswerThatIsNot2xxAsAFailure() throws Exception {
        answerWith("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n");

        var result = generator.run(LoadPlan.closed(port(), 1, SHORT, Map.of()));

        assertThat(result.requests()).isZero();
        assertThat(result.failed()).isPositive();
        assertThat(result.failure()).isEqualTo("status 503");
        assertThat(result.isGood()).isFalse();
    }

    @Test
    void countsAnAnswerWhoseEndItCannotKnowAsAFailure() throws Exception {
        answerWith("HTTP/1.1 200 OK\r\n\r\n");

        var result = generator.run(LoadPlan.closed(port(), 1, SHORT, Map.of()));

        assertThat(result.failed()).isEqualTo(1);
        assertThat(result.failure()).contains("no Content-Length");
    }

    @Test
    void countsAConnectionThatIsRefusedAsAFailure() throws Exception {
        int port = port();
        server.close().sync();

        var result = generator.run(LoadPlan.closed(port, 1, SHORT, Map.of()));

        assertThat(result.failed()).isEqualTo(1);
        assertThat(result.failure()).startsWith("cannot connect");
    }

    private void answerWith(String answer) throws InterruptedException {
        server.close().sync();
        server = Loops.server(
                0,
                channel -> channel.pipeline().addLast(new SimpleChannelInboundHandler<ByteBuf>() {
                    @Override
                    protected void channelRead0(ChannelHandlerContext ctx, ByteBuf request) {
                        ctx.writeAndFlush(Unpooled.copiedBuffer(answer, StandardCharsets.US_ASCII));
                    }
                }));
    }

    private int port() {
        return ((InetSocketAddress) server.localAddress()).getPort();
    }
}
