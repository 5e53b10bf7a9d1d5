package io.headgate.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.reactivestreams.Subscriber;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import org.springframework.core.io.buffer.NettyDataBufferFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;

class PartsTest {

    private static final int FIRST = 1000;

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 999, 1000, 1001, 2000, 12_345})
    void partsAreTheContentInSizesThatFit(int length) {
        byte[] content = new byte[length];
        new Random(length).nextBytes(content);
        var parts = new Parts(new PartSizes(FIRST));

        List<Parts.Part> cut = parts.of(Flux.range(0, (length + 36) / 37)
                        .map(i -> DefaultDataBufferFactory.sharedInstance.wrap(
                                java.util.Arrays.copyOfRange(content, i * 37, Math.min(length, (i + 1) * 37)))))
                .collectList()
                .blockOptional(JobFixture.PATIENCE)
                .orElseThrow();

        var joined = new ByteArrayOutputStream();
        cut.forEach(part -> joined.writeBytes(part.bytes()));
        assertThat(joined.toByteArray()).isEqualTo(content);
        assertThat(cut).hasSize(Math.max(1, (length + FIRST - 1) / FIRST));
        assertThat(cut.stream().limit(cut.size() - 1)).allMatch(part -> part.bytes().length == FIRST);
        assertThat(cut.getLast().number()).isEqualTo(cut.size());
        assertThat(parts.bytes()).isEqualTo(length);
        assertThat(parts.sha256()).isEqualTo(Digests.hex(content));
    }

    @Test
    void aBufferLargerThanAPartIsSeveral() {
        var parts = new Parts(new PartSizes(FIRST));

        assertThat(parts.of(Flux.just(DefaultDataBufferFactory.sharedInstance.wrap(new byte[3500])))
                        .map(part -> part.bytes().length)
                        .collectList()
                        .block(JobFixture.PATIENCE))
                .containsExactly(1000, 1000, 1000, 500);
    }

    @Test
    void releasesWhatComesOnceNobodyWantsIt() {
        var buffer = new NettyDataBufferFactory(UnpooledByteBufAllocator.DEFAULT).allocateBuffer(1);
        var downstream = new AtomicReference<Subscriber<? super DataBuffer>>();
        Flux<DataBuffer> content = Flux.from(subscriber -> {
            downstream.set(subscriber);
            subscriber.onSubscribe(Operators.emptySubscription());
        });
        new Parts(new PartSizes(FIRST)).of(content).subscribe().dispose();

        downstream.get().onNext(buffer);

        assertThat(buffer.isAllocated()).isFalse();
    }

    @Test
    void partsGrowSoThatTenThousandHoldNearlyATerabyte() {
        var sizes = new PartSizes(8L << 20);

        long total = java.util.stream.LongStream.rangeClosed(1, PartSizes.MAX_PARTS)
                .map(number -> sizes.of((int) number))
                .sum();

        assertThat(sizes.of(1)).isEqualTo(sizes.of(1000)).isEqualTo(8 << 20);
        assertThat(sizes.of(1001)).isEqualTo(12 << 20);
        assertThat(total).isGreaterThan(850L << 30);
        assertThatThrownBy(() -> sizes.of(10_001)).hasMessage("part 10001 (expected: at most 10000)");
    }
}
