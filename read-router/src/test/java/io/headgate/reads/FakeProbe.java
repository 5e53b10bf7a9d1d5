package io.headgate.reads;

import java.time.Duration;
import java.util.Optional;
import reactor.core.publisher.Mono;

/** A server that says what a test has it say. */
final class FakeProbe implements Probe {

    static final long SYSTEM = 42;

    private Reading reading;
    private Optional<Lineage> history = Optional.empty();
    private boolean down;
    private boolean silent;
    private Mono<Void> delivery = Mono.empty();
    private int asked;

    private FakeProbe(Reading reading) {
        this.reading = reading;
    }

    static FakeProbe primary(long lsn) {
        return new FakeProbe(reading("primary", false, 1, lsn));
    }

    static FakeProbe replica(String name, long lsn) {
        return new FakeProbe(reading(name, true, 1, lsn));
    }

    static Reading reading(String server, boolean recovering, int timeline, long lsn) {
        return new Reading(
                new Reading.Identity(SYSTEM, server), recovering, timeline, new Lsn(lsn), false, Duration.ZERO);
    }

    void at(long lsn) {
        reading = reading(reading.server().startedAt(), reading.recovering(), reading.timeline(), lsn);
    }

    void says(Reading other) {
        reading = other;
    }

    /** @param from what its history file tells; empty where it may not be read */
    void promotedTo(int timeline, long lsn, Optional<Lineage> from) {
        reading = reading(reading.server().startedAt(), false, timeline, lsn);
        history = from;
    }

    void down(boolean now) {
        down = now;
    }

    void silent(boolean now) {
        silent = now;
    }

    /** Answers what holds when it is asked, and delivers that when this is done. */
    void delivers(Mono<Void> when) {
        delivery = when;
    }

    int asked() {
        return asked;
    }

    @Override
    public Mono<Reading> read() {
        asked++;
        if (silent) {
            return Mono.never();
        }
        return down ? Mono.error(new IllegalStateException("down")) : delivery.thenReturn(reading);
    }

    @Override
    public Mono<Lineage> lineage(Reading of) {
        if (of.timeline() == 1) {
            return Mono.just(Lineage.starting(of.server().system(), 1));
        }
        return history.map(Mono::just).orElseGet(() -> Mono.error(new IllegalStateException("permission denied")));
    }

    @Override
    public void reconnect() {}
}
