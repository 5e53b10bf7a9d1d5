package io.headgate.export;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;

class WhenWritableTest {

    private static final int PIECE = 1_000;

    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final AtomicLong asked = new AtomicLong();
    private final AtomicLong got = new AtomicLong();

    @Test
    void asksForNoMoreThanTheConnectionTakes() {
        channel.config().setWriteBufferWaterMark(new WriteBufferWaterMark(PIECE, 3 * PIECE));
        BaseSubscriber<Integer> server = subscribe();

        server.request(128);

        assertThat(channel.isWritable()).isFalse();
        assertThat(got).hasValue(3);
        assertThat(asked).hasValue(3);
        channel.flush();
        assertThat(got).hasValue(6);
    }

    @Test
    void passesEverythingOnWhereNothingStandsInTheWay() {
        channel.config().setWriteBufferWaterMark(new WriteBufferWaterMark(PIECE, Integer.MAX_VALUE));
        BaseSubscriber<Integer> server = subscribe();
        server.request(128);
        server.request(Long.MAX_VALUE);

        assertThat(got).hasValue(1_000);
        assertThat(channel.pipeline().get(WhenWritable.class)).isNull();
    }

    @Test
    void leavesTheConnectionAsItWas() {
        BaseSubscriber<Integer> server = subscribe();
        server.request(1);
        assertThat(channel.pipeline().get(WhenWritable.class)).isNotNull();

        server.cancel();

        assertThat(channel.pipeline().get(WhenWritable.class)).isNull();
    }

    private BaseSubscriber<Integer> subscribe() {
        var server = new BaseSubscriber<Integer>() {
            @Override
            protected void hookOnSubscribe(Subscription subscription) {}

            @Override
            protected void hookOnNext(Integer value) {
                got.incrementAndGet();
                channel.write(Unpooled.buffer(PIECE).writeZero(PIECE));
            }
        };
        Flux.range(0, 1_000)
                .hide()
                .doOnRequest(asked::addAndGet)
                .transform(WhenWritable.of(channel))
                .subscribe(server);
        return server;
    }
}
