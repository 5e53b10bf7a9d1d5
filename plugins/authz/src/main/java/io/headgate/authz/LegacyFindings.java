package io.headgate.authz;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * How our decisions and a backend's own compare, on one instance or on all.
 *
 * @param since the first comparison
 * @param examples of what did not agree, the newest first
 */
public record LegacyFindings(
        Optional<Instant> since, Optional<Instant> last, List<Count> counts, List<Example> examples) {

    static final LegacyFindings NONE = new LegacyFindings(Optional.empty(), Optional.empty(), List.of(), List.of());

    public LegacyFindings {
        counts = List.copyOf(counts);
        examples = List.copyOf(examples);
    }

    /**
     * Which decisions met.
     *
     * @param operation of the route, as its document describes it
     * @param ours {@code allow}, {@code deny} or {@code undecided}
     * @param theirs {@code allow}, {@code deny}, {@code missing} or {@code garbled}
     */
    public record Pair(String operation, String action, String ours, String theirs) implements Comparable<Pair> {

        private static final Comparator<Pair> ORDER = Comparator.comparing(Pair::operation)
                .thenComparing(Pair::action)
                .thenComparing(Pair::ours)
                .thenComparing(Pair::theirs);

        @Override
        public int compareTo(Pair other) {
            return ORDER.compare(this, other);
        }

        boolean is(String oursIs, String theirsIs) {
            return ours.equals(oursIs) && theirs.equals(theirsIs);
        }

        boolean agrees() {
            return ours.equals(theirs);
        }

        /** Whether both said something that can be compared. */
        boolean compares() {
            return !ours.equals(UNDECIDED) && speaks();
        }

        boolean speaks() {
            return theirs.equals(ALLOW) || theirs.equals(DENY);
        }
    }

    static final String ALLOW = "allow";
    static final String DENY = "deny";
    static final String UNDECIDED = "undecided";

    public record Count(Pair pair, long count) {}

    /**
     * @param resource as policies know it; nothing of the request's query
     * @param policies that decided; empty where none did
     */
    public record Example(
            Pair pair,
            String requestId,
            Instant at,
            String tenant,
            String subject,
            String resource,
            List<String> policies) {

        public Example {
            policies = List.copyOf(policies);
        }
    }

    /** @param examples how many are kept of each way to differ */
    static LegacyFindings sum(List<LegacyFindings> parts, int examples) {
        Map<Pair, Long> counts = new TreeMap<>();
        parts.forEach(part -> part.counts().forEach(one -> counts.merge(one.pair(), one.count(), Long::sum)));
        return new LegacyFindings(
                parts.stream().flatMap(part -> part.since().stream()).min(Comparator.naturalOrder()),
                parts.stream().flatMap(part -> part.last().stream()).max(Comparator.naturalOrder()),
                counts.entrySet().stream()
                        .map(entry -> new Count(entry.getKey(), entry.getValue()))
                        .toList(),
                newest(parts.stream().flatMap(part -> part.examples().stream()).toList(), examples));
    }

    private static List<Example> newest(List<Example> all, int ofEach) {
        Comparator<Example> newestFirst = Comparator.comparing(Example::at).reversed();
        List<Example> kept = new ArrayList<>();
        all.stream()
                .collect(Collectors.groupingBy(
                        example -> List.of(example.pair().ours(), example.pair().theirs())))
                .values()
                .forEach(same -> kept.addAll(
                        same.stream().sorted(newestFirst).limit(ofEach).toList()));
        kept.sort(newestFirst);
        return kept;
    }

    long count(String ours, String theirs) {
        return counts.stream()
                .filter(one -> one.pair().is(ours, theirs))
                .mapToLong(Count::count)
                .sum();
    }

    /** Answers of the backend, whatever they said. */
    public long answers() {
        return counts.stream().mapToLong(Count::count).sum();
    }

    /** Decisions of both sides that could be held against each other. */
    public long compared() {
        return counts.stream()
                .filter(one -> one.pair().compares())
                .mapToLong(Count::count)
                .sum();
    }

    long compared(String operation) {
        return counts.stream()
                .filter(one -> one.pair().compares() && one.pair().operation().equals(operation))
                .mapToLong(Count::count)
                .sum();
    }

    long unspoken() {
        return counts.stream()
                .filter(one -> !one.pair().speaks())
                .mapToLong(Count::count)
                .sum();
    }

    long undecided() {
        return counts.stream()
                .filter(one -> one.pair().ours().equals(UNDECIDED))
                .mapToLong(Count::count)
                .sum();
    }
}
