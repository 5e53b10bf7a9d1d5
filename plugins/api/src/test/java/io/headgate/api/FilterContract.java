package io.headgate.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.springframework.cloud.gateway.filter.GatewayFilter;
import org.springframework.cloud.gateway.filter.GatewayFilterChain;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;
import reactor.test.publisher.PublisherProbe;
import reactor.test.publisher.TestPublisher;

/** What every filter of the chain keeps to; a filter's test implements this beside its own. */
public interface FilterContract {

    Duration PATIENCE = Duration.ofSeconds(60);

    GatewayFilter filter();

    /** A request that the filter lets pass, new each time. */
    ServerWebExchange passing();

    @Test
    default void callsTheChainOnceAndCompletesOnce() {
        AtomicInteger calls = new AtomicInteger();
        PublisherProbe<Void> rest = PublisherProbe.empty();
        GatewayFilterChain chain = exchange -> {
            calls.incrementAndGet();
            return rest.mono();
        };

        StepVerifier.create(filter().filter(passing(), chain)).expectComplete().verify(PATIENCE);

        assertThat(calls).as("calls of the chain").hasValue(1);
        assertThat(rest.subscribeCount())
                .as("subscriptions to the rest of the chain")
                .isEqualTo(1);
    }

    @Test
    default void doesNothingBehindItUntilSomebodySubscribes() {
        PublisherProbe<Void> rest = PublisherProbe.empty();

        Mono<Void> assembled = filter().filter(passing(), exchange -> rest.mono());

        rest.assertWasNotSubscribed();
        assertThat(assembled).isNotNull();
    }

    @Test
    default void passesAFailureBehindItOnAsItIs() {
        var failure = new IllegalStateException("behind");

        StepVerifier.create(filter().filter(passing(), exchange -> Mono.error(failure)))
                .expectErrorSatisfies(error -> assertThat(error).isSameAs(failure))
                .verify(PATIENCE);
    }

    @Test
    default void keepsTheReactorContext() {
        AtomicReference<String> seen = new AtomicReference<>("");
        GatewayFilterChain chain = exchange -> Mono.deferContextual(context -> {
            seen.set(context.<String>get("contract"));
            return Mono.empty();
        });

        StepVerifier.create(filter().filter(passing(), chain).contextWrite(context -> context.put("contract", "kept")))
                .expectComplete()
                .verify(PATIENCE);

        assertThat(seen).hasValue("kept");
    }

    @Test
    default void carriesACancelToWhatRunsBehindIt() {
        TestPublisher<Void> rest = TestPublisher.create();
        AtomicInteger reached = new AtomicInteger();
        var arrived = new java.util.concurrent.CountDownLatch(1);
        var cancelled = new java.util.concurrent.CountDownLatch(1);
        GatewayFilterChain chain = exchange -> {
            reached.incrementAndGet();
            return rest.mono()
                    .doOnSubscribe(subscription -> arrived.countDown())
                    .doOnCancel(cancelled::countDown);
        };

        var running = filter().filter(passing(), chain).subscribe();
        await(arrived, "the rest of the chain was subscribed to");
        running.dispose();

        assertThat(reached).as("calls of the chain").hasValue(1);
        await(cancelled, "the rest of the chain was cancelled"); // it may still be on its way on another thread
    }

    private static void await(java.util.concurrent.CountDownLatch latch, String what) {
        try {
            assertThat(latch.await(PATIENCE.toSeconds(), java.util.concurrent.TimeUnit.SECONDS))
                    .as(what)
                    .isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }
}
