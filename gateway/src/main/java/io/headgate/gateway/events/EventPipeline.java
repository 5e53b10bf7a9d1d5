package io.headgate.gateway.events;

import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.util.retry.Retry;

/**
 * All that goes on beside the requests: delivery from the spool, the registry's outbox, the intake of the audit and the
 * upkeep of its tables. Each starts with the application, tries again for ever, and knows of no other's trouble.
 */
public final class EventPipeline implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(EventPipeline.class);

    private final EventsProperties properties;
    private final Spool spool;
    private final SpooledEventLog events;
    private final AuditDatabase database;
    private final AuditPartitions partitions;
    private final AuditIntake intake;
    private final EventTransport transport;
    private final Delivery delivery;
    private final Outbox outbox;
    private final Scheduler scheduler = Schedulers.newBoundedElastic(4, 10_000, "events", 60, true);
    private final LongAdder buriedAtIntake = new LongAdder();
    private Disposable.Composite running = Disposables.composite();
    private boolean started;

    EventPipeline(
            EventsProperties properties,
            Spool spool,
            SpooledEventLog events,
            AuditDatabase database,
            AuditPartitions partitions,
            AuditWriter writer,
            Clock clock) {
        this.properties = properties;
        this.spool = spool;
        this.events = events;
        this.database = database;
        this.partitions = partitions;
        this.intake = new AuditIntake(writer);
        this.transport = properties.kafka().bootstrapServers().isEmpty()
                ? new DirectTransport(intake, database)
                : new KafkaTransport(properties);
        this.delivery = new Delivery(spool, transport, new EventSchemas(), properties, clock, scheduler);
        this.outbox = new Outbox(database, events, spool, properties, scheduler);
    }

    @Override
    public synchronized void start() {
        started = true;
        running = Disposables.composite(
                delivery.run().subscribe(),
                forEver("outbox", properties.outboxInterval(), outbox.move()).subscribe(),
                forEver(
                                "audit's tables",
                                properties.audit().upkeepInterval(),
                                partitions.upkeep().thenReturn(false))
                        .subscribe(),
                forEver(
                                "audit's intake",
                                properties.retryDelay(),
                                transport.consume(this::take).thenReturn(true))
                        .subscribe());
    }

    /** @param work whether there is more to do at once */
    private Mono<Void> forEver(String what, Duration interval, Mono<Boolean> work) {
        return work.subscribeOn(scheduler)
                .doOnError(error -> log.atDebug()
                        .addKeyValue("work", what)
                        .addKeyValue("reason", error.toString())
                        .log("work on events failed, it is tried again"))
                .retryWhen(backoff())
                .flatMap(more -> more ? Mono.empty() : Mono.delay(interval, scheduler))
                .repeat()
                .then();
    }

    private Mono<Void> take(List<byte[]> taken) {
        return Mono.defer(() -> intake.take(taken))
                .flatMap(refused -> {
                    buriedAtIntake.add(refused.size());
                    return refused.isEmpty() ? Mono.empty() : transport.bury(refused);
                })
                .retryWhen(backoff())
                .then();
    }

    private Retry backoff() {
        return Retry.backoff(Long.MAX_VALUE, properties.retryDelay()).maxBackoff(properties.maxRetryDelay());
    }

    /** After the web server, so that the last request's events are there; waits a while for the spool to run empty. */
    @Override
    public void stop(Runnable callback) {
        drained()
                .then(Mono.fromRunnable(running::dispose))
                .then(transport.close())
                .then(database.close())
                .onErrorComplete()
                .doFinally(signal -> {
                    scheduler.dispose();
                    started = false;
                    callback.run();
                })
                .subscribe();
    }

    private Mono<Void> drained() {
        return Flux.interval(Duration.ZERO, Duration.ofMillis(10), scheduler)
                .onBackpressureDrop()
                .takeUntil(tick -> spool.backlog() == 0 || delivery.failure().isPresent())
                .then()
                .timeout(properties.drainTimeout(), scheduler)
                .onErrorComplete();
    }

    @Override
    public void stop() {
        stop(() -> {});
    }

    @Override
    public int getPhase() {
        return 0;
    }

    @Override
    public boolean isRunning() {
        return started;
    }

    public EventsState state() {
        Optional<Delivery.Failure> failure = delivery.failure();
        return new EventsState(
                spool.backlog(),
                spool.limit(),
                spool.isFull(),
                delivery.oldest(),
                failure.map(Delivery.Failure::since),
                failure.map(Delivery.Failure::reason),
                events.appended(),
                delivery.delivered(),
                delivery.buried() + buriedAtIntake.sum(),
                events.refused(),
                events.dropped());
    }
}
