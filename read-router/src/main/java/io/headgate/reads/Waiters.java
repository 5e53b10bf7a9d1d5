package io.headgate.reads;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;

/** Reads that wait in memory for a replica to catch up. */
final class Waiters {

    private final int limit;
    private final Duration budget;
    private final Scheduler scheduler;
    private final Set<Waiter> waiting = ConcurrentHashMap.newKeySet();

    private static final class Waiter {
        private final Predicate<Node> fits;
        private final Sinks.One<Boolean> woken = Sinks.one();

        Waiter(Predicate<Node> fits) {
            this.fits = fits;
        }
    }

    Waiters(int limit, Duration budget, Scheduler scheduler) {
        this.limit = limit;
        this.budget = budget;
        this.scheduler = scheduler;
    }

    /**
     * Whether a node came to fit within the budget; at once false where too many wait already.
     *
     * @param begun has the nodes asked, so that whoever caught up before this one waited is not missed
     */
    Mono<Boolean> await(Predicate<Node> fits, Runnable begun) {
        return Mono.defer(() -> {
            if (waiting.size() >= limit) {
                return Mono.just(false);
            }
            var waiter = new Waiter(fits);
            waiting.add(waiter);
            begun.run();
            return waiter.woken
                    .asMono()
                    .timeout(budget, Mono.just(false), scheduler)
                    .doFinally(_ -> waiting.remove(waiter));
        });
    }

    void wake(Node node) {
        for (Waiter waiter : waiting) {
            if (waiter.fits.test(node)) {
                waiter.woken.tryEmitValue(true);
            }
        }
    }

    boolean isEmpty() {
        return waiting.isEmpty();
    }

    int size() {
        return waiting.size();
    }
}
