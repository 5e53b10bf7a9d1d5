package io.headgate.authz;

import io.headgate.authz.Verification.Reason;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.TimeGauge;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Counts what became of credentials and of the issuers' keys; every label is one of a few. */
final class AuthzMetrics {

    enum Outcome {
        /** Proved before, or an API key. */
        KNOWN,
        PROVED,
        UNUSABLE,
        UNKNOWN_API_KEY,
        KNOWN_FORGED,
        KEYS_UNAVAILABLE
    }

    private static final String CREDENTIALS = "headgate.authz.credentials";

    private final MeterRegistry registry;
    private final Map<Outcome, Counter> outcomes;
    private final Map<Reason, Counter> refusals;

    AuthzMetrics(MeterRegistry registry) {
        this.registry = registry;
        this.outcomes = counters(Outcome.class, outcome -> word(outcome));
        this.refusals = counters(Reason.class, reason -> "refused-" + word(reason));
    }

    void count(Outcome outcome) {
        increment(outcomes, outcome);
    }

    void count(Reason reason) {
        increment(refusals, reason);
    }

    /** @param index the issuer's place in the settings, which stays bounded whatever its address */
    JwksMetrics jwks(int index, Clock clock) {
        return new JwksMetrics(registry, index, clock);
    }

    private static <E extends Enum<E>> void increment(Map<E, Counter> counters, E what) {
        Counter counter = counters.get(what);
        if (counter != null) {
            counter.increment();
        }
    }

    private <E extends Enum<E>> Map<E, Counter> counters(Class<E> type, Function<E, String> outcome) {
        return new EnumMap<>(Arrays.stream(type.getEnumConstants())
                .collect(Collectors.toMap(
                        Function.identity(), what -> registry.counter(CREDENTIALS, "outcome", outcome.apply(what)))));
    }

    private static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    static final class JwksMetrics {
        private final Counter refreshed;
        private final Counter failed;
        private volatile Instant fetchedAt = Instant.EPOCH;

        private JwksMetrics(MeterRegistry registry, int index, Clock clock) {
            String issuer = Integer.toString(index);
            this.refreshed = registry.counter("headgate.authz.jwks.refresh", "issuer", issuer, "outcome", "refreshed");
            this.failed = registry.counter("headgate.authz.jwks.refresh", "issuer", issuer, "outcome", "failed");
            TimeGauge.builder("headgate.authz.jwks.age", () -> ageAt(clock.instant()), TimeUnit.SECONDS)
                    .tag("issuer", issuer)
                    .register(registry);
        }

        void refreshed(Instant at) {
            fetchedAt = at;
            refreshed.increment();
        }

        void failed() {
            failed.increment();
        }

        private double ageAt(Instant now) {
            return fetchedAt.equals(Instant.EPOCH)
                    ? Double.NaN
                    : Duration.between(fetchedAt, now).toMillis() / 1000.0;
        }
    }
}
