package io.headgate.authz;

import io.headgate.api.Decision;
import io.headgate.api.Decision.Deny;
import io.headgate.api.Decision.Permit;
import io.headgate.api.Decision.Undecided;
import io.headgate.api.Findings.Subject;
import io.headgate.api.Resource;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * What one version of a set in the shadow would have decided otherwise, on the traffic of this instance. Bounded: a kind
 * of difference beyond the bound is only counted.
 */
public final class CandidateReport extends Shared<CandidateReport.Body> {

    private static final String REPORT = "candidate";

    /** One kind of difference: all requests that differ in this way are counted together. */
    public record Difference(
            String action,
            String resourceType,
            String active,
            String candidate,
            List<String> activePolicies,
            List<String> candidatePolicies) {

        public Difference {
            activePolicies = List.copyOf(activePolicies);
            candidatePolicies = List.copyOf(candidatePolicies);
        }

        static Optional<Difference> between(Question question, Decision active, Decision candidate) {
            return word(active).equals(word(candidate))
                    ? Optional.empty()
                    : Optional.of(new Difference(
                            question.action(),
                            question.resource().type(),
                            word(active),
                            word(candidate),
                            policies(active),
                            policies(candidate)));
        }

        /** Whether somebody may now what they might not, and no policy that says so was accepted. */
        boolean opens(Set<String> accepted) {
            return candidate.equals("permit") && candidatePolicies.stream().noneMatch(accepted::contains);
        }
    }

    /** @param example the request that showed it first */
    public record Seen(Difference difference, long count, String example, Instant first, Instant last) {

        private Seen again(Instant now) {
            return new Seen(difference, count + 1, example, first, now);
        }

        private Seen and(Seen other) {
            return new Seen(
                    difference,
                    count + other.count,
                    first.isAfter(other.first) ? other.example : example,
                    first.isAfter(other.first) ? other.first : first,
                    last.isBefore(other.last) ? other.last : last);
        }
    }

    /**
     * What was found, by one instance or by all.
     *
     * @param compared different questions that were put to the set
     * @param beyond requests whose kind of difference did not fit in
     * @param differences the most frequent first
     */
    public record Body(long compared, long beyond, List<Seen> differences) {

        public Body {
            differences = List.copyOf(differences);
        }

        /** Those that keep the set from becoming active. */
        List<Seen> opening(Set<String> accepted) {
            return differences.stream()
                    .filter(one -> one.difference().opens(accepted))
                    .toList();
        }

        /** Whether there are differences of which nothing but their number is known. */
        boolean cutsOff() {
            return beyond > 0;
        }
    }

    /** A difference and where it is counted. */
    record Found(CandidateReport report, Difference difference) {}

    private final Resource<PolicySetSpec> candidate;
    private final int maxDifferences;
    private final Map<Difference, Seen> seen = new ConcurrentHashMap<>();
    private final LongAdder compared = new LongAdder();
    private final LongAdder beyond = new LongAdder();
    private final LongAdder changes = new LongAdder();

    CandidateReport(Resource<PolicySetSpec> candidate, int maxDifferences) {
        super(Body.class);
        this.candidate = candidate;
        this.maxDifferences = maxDifferences;
    }

    boolean isAbout(Resource<?> resource) {
        return candidate.isSameVersionAs(resource);
    }

    long version() {
        return candidate.version();
    }

    @Override
    Subject subject() {
        return new Subject(REPORT, candidate.id());
    }

    @Override
    String basis() {
        return Long.toString(candidate.version());
    }

    @Override
    Body found() {
        return new Body(compared.sum(), beyond.sum(), mostFrequentFirst(seen.values()));
    }

    @Override
    long changes() {
        return changes.sum();
    }

    @Override
    Body sum(List<Body> parts) {
        Map<Difference, Seen> all = new HashMap<>();
        parts.forEach(part -> part.differences().forEach(one -> all.merge(one.difference(), one, Seen::and)));
        List<Seen> fitting = fitting(all.values());
        long left = all.values().stream().mapToLong(Seen::count).sum()
                - fitting.stream().mapToLong(Seen::count).sum();
        return new Body(
                parts.stream().mapToLong(Body::compared).sum(),
                parts.stream().mapToLong(Body::beyond).sum() + left,
                mostFrequentFirst(fitting));
    }

    /** What opens something stays in at any rate: it is what the report is for. */
    private List<Seen> fitting(Collection<Seen> all) {
        return mostFrequentFirst(all).stream()
                .sorted(Comparator.comparing(seen -> !seen.difference().opens(Set.of())))
                .limit(maxDifferences)
                .toList();
    }

    private static List<Seen> mostFrequentFirst(Collection<Seen> seen) {
        return seen.stream()
                .sorted(Comparator.comparingLong(Seen::count).reversed())
                .toList();
    }

    void comparedOne() {
        compared.increment();
        changes.increment();
    }

    void count(Difference difference, String requestId, Instant now) {
        if (seen.size() >= maxDifferences && !seen.containsKey(difference)) {
            beyond.increment();
        } else {
            seen.merge(difference, new Seen(difference, 1, requestId, now, now), (before, once) -> before.again(now));
        }
        changes.increment();
    }

    static String word(Decision decision) {
        return switch (decision) {
            case Permit _ -> "permit";
            case Deny _ -> "deny";
            case Undecided _ -> "undecided";
        };
    }

    static List<String> policies(Decision decision) {
        return switch (decision) {
            case Permit permit -> permit.policies();
            case Deny deny -> deny.policies();
            case Undecided _ -> List.of();
        };
    }
}
