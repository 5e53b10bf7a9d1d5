package io.headgate.export;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/** When a notice that was not taken is sent again: soon at first, then ever later, for three days and more. */
record WebhookSchedule(double jitter, RandomGenerator random) {

    private static final List<Duration> PAUSES = List.of(
            Duration.ofSeconds(5),
            Duration.ofMinutes(5),
            Duration.ofMinutes(30),
            Duration.ofHours(2),
            Duration.ofHours(5),
            Duration.ofHours(10),
            Duration.ofHours(14),
            Duration.ofHours(20),
            Duration.ofHours(24));

    /**
     * The pause after so many attempts; empty where it was the last.
     *
     * @param wish how long the receiver asks to be left alone; no longer than the longest pause
     */
    Optional<Duration> after(int attempts, Optional<Duration> wish) {
        if (attempts > PAUSES.size()) {
            return Optional.empty();
        }
        Duration pause = PAUSES.get(attempts - 1);
        Duration wished = wish.filter(it -> it.compareTo(pause) > 0)
                .map(it -> it.compareTo(PAUSES.getLast()) < 0 ? it : PAUSES.getLast())
                .orElse(pause);
        return Optional.of(wished.plusMillis((long) (wished.toMillis() * jitter * random.nextDouble())));
    }
}
