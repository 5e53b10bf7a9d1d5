package io.headgate.authz;

import io.headgate.api.Decision;
import io.headgate.api.Findings.Subject;
import io.headgate.api.InternalHeaders;
import io.headgate.api.ResourceId;
import io.headgate.api.RouteInfo;
import io.headgate.authz.LegacyFindings.Count;
import io.headgate.authz.LegacyFindings.Example;
import io.headgate.authz.LegacyFindings.Pair;
import io.headgate.authz.RouteQuestions.Asked;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpMethod;

/**
 * Holds what we decide on one version of a route against what its backend says. Counting starts anew with the version of
 * any policy set that decides: what was seen under other policies proves nothing of these.
 */
final class LegacyTally {

    static final String REPORT = "legacy";
    private static final Logger log = LoggerFactory.getLogger(LegacyTally.class);
    private static final String NO_OPERATION = "none";

    /** Counts one comparison in the metrics. */
    interface Meter {
        void count(String ours, LegacyWord theirs);
    }

    /** @param examples that are kept of each way to differ */
    record Settings(int examples, Clock clock, Meter meter) {}

    private final RouteInfo route;
    private final AuthzMode mode;
    private final Map<Operation, String> operations;
    private final Supplier<List<String>> policies;
    private final Settings settings;
    private volatile Generation current;

    /** @param policies the sets that decide on this route now, with their versions */
    LegacyTally(AuthzSection section, RouteInfo route, Supplier<List<String>> policies, Settings settings) {
        this.route = route;
        this.mode = section.mode();
        this.operations = new IdentityHashMap<>();
        section.operations().forEach(operation -> operations.put(operation, words(operation)));
        this.policies = policies;
        this.settings = settings;
        this.current = new Generation(List.of());
    }

    private static String words(Operation operation) {
        String methods = operation.methods().isEmpty()
                ? "*"
                : operation.methods().stream().map(HttpMethod::name).sorted().collect(Collectors.joining(","));
        return methods + " " + operation.path();
    }

    ResourceId id() {
        return route.id();
    }

    long routeVersion() {
        return route.version();
    }

    AuthzMode mode() {
        return mode;
    }

    /** Every operation of the route, with its action. */
    Map<String, String> operations() {
        Map<String, String> all = new TreeMap<>();
        operations.forEach((operation, words) -> all.put(words, operation.action()));
        return all;
    }

    /** What is counted now, with the policies that decide now. */
    Generation current() {
        return of(policies.get()).orElse(current);
    }

    /** Never fails: whoever is compared gets their answer. */
    void answered(Asked asked, Decision decision, Function<String, List<String>> headers) {
        LegacyWord theirs = LegacyWord.of(headers.apply(InternalHeaders.LEGACY_DECISION));
        if (mode == AuthzMode.ENFORCE && theirs == LegacyWord.MISSING) {
            return; // a backend that has given up its own checks
        }
        try {
            settings.meter().count(word(decision), theirs);
            of(sets(decision)).ifPresent(generation -> generation.count(asked, decision, theirs));
        } catch (RuntimeException e) {
            log.atError().setCause(e).log("decision of a backend not counted");
        }
    }

    /** Where no operation took the request. */
    void answered(String requestId, Function<String, List<String>> headers) {
        LegacyWord theirs = LegacyWord.of(headers.apply(InternalHeaders.LEGACY_DECISION));
        settings.meter().count(LegacyFindings.UNDECIDED, theirs);
        current()
                .count(
                        new Pair(NO_OPERATION, NO_OPERATION, LegacyFindings.UNDECIDED, theirs.word()),
                        pair -> new Example(pair, requestId, settings.clock().instant(), "", "", "", List.of()));
    }

    private List<String> sets(Decision decision) {
        return switch (decision) {
            case Decision.Permit permit -> permit.sets();
            case Decision.Deny deny when !deny.sets().isEmpty() -> deny.sets();
            case Decision.Deny _, Decision.Undecided _ -> policies.get();
        };
    }

    /** Empty for an answer that comes after the policies which decided on it are replaced. */
    private Optional<Generation> of(List<String> sets) {
        Generation now = current;
        if (now.sets.equals(sets)) {
            return Optional.of(now);
        }
        synchronized (this) {
            if (!current.sets.equals(sets) && policies.get().equals(sets)) {
                current = new Generation(sets);
            }
            return current.sets.equals(sets) ? Optional.of(current) : Optional.empty();
        }
    }

    static String word(Decision decision) {
        return switch (decision) {
            case Decision.Permit _ -> LegacyFindings.ALLOW;
            case Decision.Deny _ -> LegacyFindings.DENY;
            case Decision.Undecided _ -> LegacyFindings.UNDECIDED;
        };
    }

    /** What is counted under the same policies. */
    final class Generation extends Shared<LegacyFindings> {

        private final List<String> sets;
        private final Map<Pair, LongAdder> counts = new ConcurrentHashMap<>();
        private final Map<String, Deque<Example>> examples = new HashMap<>();
        private final LongAdder changes = new LongAdder();
        private volatile Optional<Instant> since = Optional.empty();
        private volatile Optional<Instant> last = Optional.empty();

        private Generation(List<String> sets) {
            super(LegacyFindings.class);
            this.sets = List.copyOf(sets);
        }

        List<String> sets() {
            return sets;
        }

        private void count(Asked asked, Decision decision, LegacyWord theirs) {
            Operation operation = asked.operation();
            var found = new Pair(
                    operations.getOrDefault(operation, NO_OPERATION),
                    operation.action(),
                    word(decision),
                    theirs.word());
            count(
                    found,
                    pair -> new Example(
                            pair,
                            asked.requestId(),
                            settings.clock().instant(),
                            asked.caller().tenant(),
                            asked.caller().subject(),
                            asked.resourceType() + " " + asked.resourceId(),
                            CandidateReport.policies(decision)));
        }

        private void count(Pair pair, Function<Pair, Example> example) {
            Optional<Instant> now = Optional.of(settings.clock().instant());
            if (since.isEmpty()) {
                since = now;
            }
            last = now;
            counts.computeIfAbsent(pair, unseen -> new LongAdder()).increment();
            if (!pair.agrees()) {
                keep(pair, example);
            }
            changes.increment();
        }

        private void keep(Pair pair, Function<Pair, Example> example) {
            synchronized (examples) {
                Deque<Example> kept =
                        examples.computeIfAbsent(pair.ours() + "-" + pair.theirs(), unseen -> new ArrayDeque<>());
                kept.addFirst(example.apply(pair));
                if (kept.size() > settings.examples()) {
                    kept.removeLast();
                }
            }
        }

        @Override
        Subject subject() {
            return new Subject(REPORT, route.id());
        }

        @Override
        String basis() {
            return route.version() + " " + String.join(",", sets);
        }

        @Override
        LegacyFindings found() {
            Map<Pair, Long> counted = new TreeMap<>();
            counts.forEach((pair, count) -> counted.put(pair, count.sum()));
            List<Example> kept = new ArrayList<>();
            synchronized (examples) {
                examples.values().forEach((Collection<Example> some) -> kept.addAll(some));
            }
            return LegacyFindings.sum(
                    List.of(new LegacyFindings(
                            since,
                            last,
                            counted.entrySet().stream()
                                    .map(entry -> new Count(entry.getKey(), entry.getValue()))
                                    .toList(),
                            kept)),
                    settings.examples());
        }

        @Override
        LegacyFindings sum(List<LegacyFindings> parts) {
            return LegacyFindings.sum(parts, settings.examples());
        }

        @Override
        long changes() {
            return changes.sum();
        }
    }
}
