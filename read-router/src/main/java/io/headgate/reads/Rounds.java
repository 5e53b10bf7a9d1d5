package io.headgate.reads;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * One question to a node, asked for many at a time, one round after the other. Whoever asks is served by a round that is
 * sent after that: one under way may have been answered before the asker's own write was committed, and is never joined.
 */
final class Rounds<T> {

    private final Supplier<Mono<T>> question;
    private final Object lock = new Object();
    private @Nullable Round<T> gathering;
    private boolean underWay;

    private static final class Round<T> {
        private final Sinks.One<T> answer = Sinks.one();
    }

    /** @param question answers exactly once, or fails, within a limit of its own */
    Rounds(Supplier<Mono<T>> question) {
        this.question = question;
    }

    /** The answer to a question that is sent once this is subscribed to, and not before. */
    Mono<T> ask() {
        return Mono.defer(() -> join().answer.asMono());
    }

    /** Sees to it that the question is asked, for whoever looks on. */
    void start() {
        join();
    }

    private Round<T> join() {
        Round<T> mine;
        synchronized (lock) {
            mine = gathering == null ? new Round<>() : gathering;
            if (underWay) {
                gathering = mine;
                return mine;
            }
            underWay = true;
        }
        send(mine);
        return mine;
    }

    private void send(Round<T> round) {
        Mono.defer(question)
                .switchIfEmpty(Mono.error(() -> new IllegalStateException("no answer")))
                .doFinally(_ -> next())
                .subscribe(round.answer::tryEmitValue, round.answer::tryEmitError);
    }

    private void next() {
        Round<T> next;
        synchronized (lock) {
            next = gathering;
            gathering = null;
            underWay = next != null;
        }
        if (next != null) {
            send(next);
        }
    }
}
