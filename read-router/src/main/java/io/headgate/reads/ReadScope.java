package io.headgate.reads;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

/**
 * What one request, or one job, has seen so far, and how fresh its reads are to be. It travels in the Reactor Context,
 * where reads find it and writes leave their positions: {@code work.contextWrite(scope::put)}.
 */
public final class ReadScope {

    /** Under this key a transaction tells that it only reads. */
    private enum Key {
        READ_ONLY
    }

    private final Consistency level;
    private final Duration maxAge;
    private final boolean forExport;
    private final AtomicReference<Seen> seen;
    private final AtomicReference<Optional<ReadOutcome>> outcome = new AtomicReference<>(Optional.empty());

    ReadScope(Consistency level, Duration maxAge, boolean forExport, Seen seen) {
        this.level = level;
        this.maxAge = maxAge;
        this.forExport = forExport;
        this.seen = new AtomicReference<>(seen);
    }

    public Context put(Context context) {
        return context.put(ReadScope.class, this);
    }

    /** For whoever asks for connections without Spring's transactions; it must not write on them. */
    public static Context putReadOnly(Context context) {
        return putReadOnly(context, true);
    }

    static Context putReadOnly(Context context, boolean readOnly) {
        return context.put(Key.READ_ONLY, readOnly);
    }

    static boolean isReadOnly(ContextView context) {
        return context.<Boolean>getOrEmpty(Key.READ_ONLY).orElse(false);
    }

    static Optional<ReadScope> of(ContextView context) {
        return context.getOrEmpty(ReadScope.class);
    }

    /** How the last read was served. */
    public Optional<ReadOutcome> outcome() {
        return outcome.get();
    }

    Seen seen() {
        return seen.get();
    }

    ReadNeed need() {
        return new ReadNeed(level, seen.get(), maxAge, forExport);
    }

    /** Only these levels look back at what was seen. */
    boolean remembers() {
        return level.compareTo(Consistency.SESSION) >= 0;
    }

    void served(ReadOutcome how) {
        outcome.set(Optional.of(how));
    }

    void saw(UnaryOperator<Seen> more) {
        seen.updateAndGet(more);
    }
}
