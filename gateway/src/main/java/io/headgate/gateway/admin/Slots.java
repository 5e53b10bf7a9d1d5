package io.headgate.gateway.admin;

import io.headgate.api.Problem;
import io.headgate.api.ProblemType;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import reactor.core.publisher.Mono;

/** Bounds what is under way, and with it the memory that bodies take. Nothing queues here: the registry does that. */
final class Slots {

    private static final Duration COME_BACK = Duration.ofSeconds(1);

    private final AtomicInteger taken = new AtomicInteger();
    private final int max;

    Slots(int max) {
        this.max = max;
    }

    <T> Mono<T> within(Supplier<Mono<T>> work) {
        return Mono.using(this::take, slot -> work.get(), slot -> taken.decrementAndGet());
    }

    private Integer take() {
        int now = taken.incrementAndGet();
        if (now > max) {
            taken.decrementAndGet();
            throw Problem.tryLater(
                            ProblemType.TOO_MANY_REQUESTS,
                            "As many of these are under way as this instance takes at once: " + max + ".",
                            COME_BACK)
                    .asException();
        }
        return now;
    }
}
