package io.headgate.authz;

import io.headgate.api.Decision;
import io.headgate.api.Decision.Deny;
import io.headgate.api.Decision.Permit;
import io.headgate.api.Decision.Undecided;
import io.headgate.api.Resource;
import java.time.Instant;
import java.util.Comparator;
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
public final class CandidateReport {

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
    }

    /** A difference and where it is counted. */
    record Found(CandidateReport report, Difference difference) {}

    private final Resource<PolicySetSpec> candidate;
    private final int maxDifferences;
    private final Map<Difference, Seen> seen = new ConcurrentHashMap<>();
    private final LongAdder compared = new LongAdder();
    private final LongAdder beyond = new LongAdder();

    CandidateReport(Resource<PolicySetSpec> candidate, int maxDifferences) {
        this.candidate = candidate;
        this.maxDifferences = maxDifferences;
    }

    boolean isAbout(Resource<?> resource) {
        return candidate.isSameVersionAs(resource);
    }

    public long version() {
        return candidate.version();
    }

    /** Different questions that were put to it. */
    public long compared() {
        return compared.sum();
    }

    /** Requests whose kind of difference did not fit in. */
    public long beyond() {
        return beyond.sum();
    }

    /** The most frequent first. */
    public List<Seen> differences() {
        return seen.values().stream()
                .sorted(Comparator.comparingLong(Seen::count).reversed())
                .toList();
    }

    /** Those that keep the set from becoming active. */
    public List<Seen> opening(Set<String> accepted) {
        return differences().stream()
                .filter(one -> one.difference().opens(accepted))
                .toList();
    }

    void comparedOne() {
        compared.increment();
    }

    void count(Difference difference, String requestId, Instant now) {
        if (seen.size() >= maxDifferences && !seen.containsKey(difference)) {
            beyond.increment();
            return;
        }
        seen.merge(difference, new Seen(difference, 1, requestId, now, now), (before, once) -> before.again(now));
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
