package io.headgate.reads;

import io.headgate.api.ResourceId;
import io.headgate.api.SpecReader;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * How fresh a route's reads are.
 *
 * @param allow weaker levels that a request may ask for
 * @param maxAge how old an answer may be at level bounded
 * @param database the cluster that the reads are routed over; whether it exists is for the gateway to say, which owns the kind
 */
record ReadsSection(Consistency consistency, Set<Consistency> allow, Optional<Duration> maxAge, ResourceId database) {

    private static final Duration LONGEST = Duration.ofHours(1);

    ReadsSection {
        for (Consistency weaker : allow) {
            if (weaker.compareTo(consistency) >= 0) {
                throw new IllegalArgumentException(
                        "allow: " + weaker + " (expected: levels weaker than " + consistency + ")");
            }
        }
        boolean canBeBounded = consistency == Consistency.BOUNDED || allow.contains(Consistency.BOUNDED);
        if (canBeBounded != maxAge.isPresent()) {
            throw new IllegalArgumentException("maxAge (expected: where reads can be bounded, and only there)");
        }
        allow = Set.copyOf(allow);
    }

    static ReadsSection read(SpecReader section) {
        Consistency consistency = section.choice("consistency", Consistency.class, Consistency.SESSION);
        List<Consistency> allow = section.choices("allow", Consistency.class);
        Duration maxAge = section.duration("maxAge", Duration.ZERO, LONGEST);
        var database = section.parsed("database", text -> ResourceId.reference(ResourceId.PLATFORM, text));
        return section.build(() -> new ReadsSection(
                consistency,
                allow.isEmpty() ? Set.of() : EnumSet.copyOf(allow),
                maxAge.isZero() ? Optional.empty() : Optional.of(maxAge),
                database.get()));
    }

    String summary() {
        return "Reads of " + database + " at level " + consistency + " unless the request asks for another.";
    }
}
