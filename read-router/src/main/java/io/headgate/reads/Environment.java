package io.headgate.reads;

import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** @param nanos monotonic, since it measures ages and never tells the time */
record Environment(Scheduler scheduler, LongSupplier nanos, RandomGenerator random) {

    static Environment system() {
        return new Environment(
                Schedulers.parallel(),
                System::nanoTime,
                () -> ThreadLocalRandom.current().nextLong());
    }
}
