package io.headgate.reads;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Where the primary stood, and when that was asked, by this process's own monotonic clock. Who has replayed up to a
 * sample shows everything that was committed before the sample was asked for: no clock of a database is needed.
 */
final class PositionRing {

    private record Sample(long askedAt, Lsn lsn) {}

    private final int size;
    private final List<Sample> samples = new ArrayList<>();

    PositionRing(int size) {
        this.size = size;
    }

    synchronized void add(long askedAt, Lsn lsn) {
        // Of two samples of one position the later says more; further ones are of a server that came back with less.
        while (!samples.isEmpty() && samples.getLast().lsn().isAtLeast(lsn)) {
            samples.removeLast();
        }
        samples.add(new Sample(askedAt, lsn));
        if (samples.size() > size) {
            thin();
        }
    }

    /** Forgets every other sample of the older half: what is left only makes a lag look larger than it is. */
    private void thin() {
        List<Sample> kept = new ArrayList<>(size);
        int half = samples.size() / 2;
        for (int i = 0; i < samples.size(); i++) {
            if (i >= half || i % 2 == 0) {
                kept.add(samples.get(i));
            }
        }
        samples.clear();
        samples.addAll(kept);
    }

    /** Forgets what is not part of the history that follows. */
    synchronized void cutAfter(Lsn end) {
        samples.removeIf(sample -> !end.isAtLeast(sample.lsn()));
    }

    synchronized void clear() {
        samples.clear();
    }

    /** How old an answer of a node can be that has replayed this far; empty where it is older than what is remembered. */
    synchronized Optional<Duration> staleness(Lsn replayed, long now) {
        return newestAt(replayed).map(sample -> Duration.ofNanos(Math.max(0, now - sample.askedAt())));
    }

    /** How far a node trails what is known, which does not grow while the primary cannot be asked. */
    synchronized Optional<Duration> trail(Lsn replayed) {
        return samples.isEmpty()
                ? Optional.of(Duration.ZERO)
                : staleness(replayed, samples.getLast().askedAt());
    }

    private Optional<Sample> newestAt(Lsn replayed) {
        for (int i = samples.size() - 1; i >= 0; i--) {
            if (replayed.isAtLeast(samples.get(i).lsn())) {
                return Optional.of(samples.get(i));
            }
        }
        return Optional.empty();
    }
}
