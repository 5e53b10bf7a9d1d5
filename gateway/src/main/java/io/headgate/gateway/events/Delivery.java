package io.headgate.gateway.events;

import io.headgate.gateway.events.EventTransport.Refused;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.util.retry.Retry;
import tools.jackson.core.JacksonException;

/**
 * Moves events from the spool to the transport, batch by batch: the next begins when the last one is acknowledged, and
 * after a pause where that was not a full one, since a batch costs everybody on the way about the same, whatever is in it.
 */
final class Delivery {

    private static final Logger log = LoggerFactory.getLogger(Delivery.class);

    private final Spool spool;
    private final EventTransport transport;
    private final EventSchemas schemas;
    private final EventsProperties properties;
    private final Clock clock;
    private final Scheduler scheduler;
    private final LongAdder delivered = new LongAdder();
    private final LongAdder buried = new LongAdder();
    private volatile Optional<Instant> oldest = Optional.empty();
    private volatile @Nullable Failure failure;

    record Failure(Instant since, String reason) {}

    Delivery(
            Spool spool,
            EventTransport transport,
            EventSchemas schemas,
            EventsProperties properties,
            Clock clock,
            Scheduler scheduler) {
        this.spool = spool;
        this.transport = transport;
        this.schemas = schemas;
        this.properties = properties;
        this.clock = clock;
        this.scheduler = scheduler;
    }

    /** Goes on until it is cancelled. */
    Mono<Void> run() {
        return Mono.defer(this::batch)
                .subscribeOn(scheduler)
                .retryWhen(Retry.backoff(Long.MAX_VALUE, properties.retryDelay())
                        .maxBackoff(properties.maxRetryDelay())
                        .doBeforeRetry(retry -> failed(retry.failure())))
                .flatMap(full -> full ? Mono.empty() : Mono.delay(properties.pause(), scheduler))
                .repeat()
                .then();
    }

    /** @return whether it was a full one */
    private Mono<Boolean> batch() {
        Spool.Batch batch =
                spool.peek(properties.batchEvents(), properties.batchSize().toBytes());
        if (batch.events().isEmpty()) {
            spool.acknowledge(batch.end());
            oldest = Optional.empty();
            return Mono.just(false);
        }
        oldest = Optional.of(occurredAt(batch.events().getFirst()));
        return deliver(batch.events())
                .timeout(properties.timeout().multipliedBy(2))
                .publishOn(scheduler)
                .map(dead -> succeeded(batch, dead));
    }

    /** @return how many of them were put aside */
    private Mono<Integer> deliver(List<byte[]> events) {
        List<byte[]> good = new ArrayList<>();
        List<Refused> bad = new ArrayList<>();
        for (byte[] event : events) {
            schemas.check(event)
                    .ifPresentOrElse(wrong -> bad.add(new Refused(event, "schema: " + wrong)), () -> good.add(event));
        }
        Mono<List<Refused>> kept = good.isEmpty() ? Mono.just(List.of()) : transport.deliver(good);
        return kept.flatMap(refused -> {
            bad.addAll(refused);
            return bad.isEmpty() ? Mono.just(0) : transport.bury(bad).thenReturn(bad.size());
        });
    }

    private boolean succeeded(Spool.Batch batch, int dead) {
        spool.acknowledge(batch.end());
        delivered.add(batch.events().size() - dead);
        buried.add(dead);
        if (dead > 0) {
            log.atError().addKeyValue("events", dead).log("events put aside as dead letters");
        }
        if (failure != null) {
            failure = null;
            log.info("events are delivered again");
        }
        return batch.isFull();
    }

    private void failed(Throwable error) {
        String reason = error.getClass().getSimpleName() + ": " + error.getMessage();
        Failure before = failure;
        failure = new Failure(before == null ? clock.instant() : before.since(), reason);
        if (before == null) { // once, not at every attempt
            log.atWarn().addKeyValue("reason", reason).log("events cannot be delivered, they wait in the spool");
        }
    }

    private Instant occurredAt(byte[] event) {
        try {
            return Instant.parse(EventJson.read(event).path("occurred_at").asString(""));
        } catch (JacksonException | DateTimeException e) {
            return clock.instant(); // it is on its way to the dead letters
        }
    }

    Optional<Failure> failure() {
        return Optional.ofNullable(failure);
    }

    /** When the oldest event occurred that is not delivered yet. */
    Optional<Instant> oldest() {
        return oldest;
    }

    long delivered() {
        return delivered.sum();
    }

    long buried() {
        return buried.sum();
    }
}
