package io.headgate.authz;

import io.headgate.api.Decision;
import io.headgate.authz.Verification.Reason;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.Timer;
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
        REVOKED,
        KEYS_UNAVAILABLE
    }

    private static final String CREDENTIALS = "headgate.authz.credentials";

    private static final String DECISIONS = "headgate.authz.decisions";

    private final MeterRegistry registry;
    private final Map<Outcome, Counter> outcomes;
    private final Map<Reason, Counter> refusals;
    private final Decisions remembered;
    private final Decisions made;
    private final Decisions barred;
    private final Timer evaluations;
    private final Counter uncompared;
    private final Counter unrecorded;

    private record Decisions(Counter permit, Counter deny, Counter undecided) {

        static Decisions of(MeterRegistry registry, String cache) {
            return new Decisions(
                    registry.counter(DECISIONS, "outcome", "permit", "cache", cache),
                    registry.counter(DECISIONS, "outcome", "deny", "cache", cache),
                    registry.counter(DECISIONS, "outcome", "undecided", "cache", cache));
        }

        void count(Decision decision) {
            switch (decision) {
                case Decision.Permit _ -> permit.increment();
                case Decision.Deny _ -> deny.increment();
                case Decision.Undecided _ -> undecided.increment();
            }
        }
    }

    AuthzMetrics(MeterRegistry registry) {
        this.registry = registry;
        this.outcomes = counters(Outcome.class, outcome -> word(outcome));
        this.refusals = counters(Reason.class, reason -> "refused-" + word(reason));
        this.remembered = Decisions.of(registry, "hit");
        this.made = Decisions.of(registry, "miss");
        this.barred = Decisions.of(registry, "none");
        this.evaluations = registry.timer("headgate.authz.evaluation");
        this.uncompared = registry.counter("headgate.authz.candidates.uncompared");
        this.unrecorded = registry.counter("headgate.authz.decisions.unrecorded");
    }

    void decided(Decision decision, boolean known) {
        (known ? remembered : made).count(decision);
    }

    /** Decided before any policy was asked. */
    void barred(Decision decision) {
        barred.count(decision);
    }

    /** What came of a question of a service. */
    void served(String via, Evaluated evaluated) {
        registry.counter("headgate.authz.served", "via", via, "outcome", outcome(evaluated))
                .increment();
    }

    private static String outcome(Evaluated evaluated) {
        return switch (evaluated) {
            case Evaluated.Permitted _ -> "permit";
            case Evaluated.Denied _ -> "deny";
            case Evaluated.Failed _ -> "failed";
        };
    }

    void evaluated(long nanos) {
        evaluations.record(nanos, TimeUnit.NANOSECONDS);
    }

    /** A decision that no set in the shadow was asked about. */
    void uncompared() {
        uncompared.increment();
    }

    /** A decision of a route in shadow mode that the audit could not take. */
    void unrecorded() {
        unrecorded.increment();
    }

    /** @param route one of a bounded number of labels */
    void legacy(String route, String ours, String theirs) {
        registry.counter("headgate.authz.legacy.decisions", "route", route, "ours", ours, "theirs", theirs)
                .increment();
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
