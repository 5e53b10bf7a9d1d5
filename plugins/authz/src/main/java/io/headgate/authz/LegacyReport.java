package io.headgate.authz;

import io.headgate.api.Findings.Instance;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Whether a route's policies mean what its backend's own checks mean.
 *
 * @param policySets under which it was seen, with their versions
 * @param operations of the route, each with how often both sides spoke on it
 * @param because what keeps the route from being enforced; empty where nothing does, or where it is enforced already
 */
public record LegacyReport(
        long routeVersion,
        String mode,
        List<String> policySets,
        LegacyFindings found,
        List<Coverage> operations,
        List<Instance> instances,
        List<String> because) {

    public LegacyReport {
        policySets = List.copyOf(policySets);
        operations = List.copyOf(operations);
        instances = List.copyOf(instances);
        because = List.copyOf(because);
    }

    public record Coverage(String operation, String action, long compared) {}

    public boolean isEnforced() {
        return mode.equals(word(AuthzMode.ENFORCE));
    }

    /** Whoever is denied by enforcement would be denied by the backend, and the other way round, as far as was seen. */
    public boolean isSafeToEnforce() {
        return because.isEmpty();
    }

    static LegacyReport of(
            LegacyTally tally,
            LegacyTally.Generation generation,
            Merged<LegacyFindings> merged,
            MigrationProperties bounds,
            Instant now) {
        List<Coverage> operations = tally.operations().entrySet().stream()
                .map(entry -> new Coverage(
                        entry.getKey(), entry.getValue(), merged.whole().compared(entry.getKey())))
                .toList();
        List<String> because =
                tally.mode() == AuthzMode.SHADOW ? new Reasons(bounds, merged, operations, now).all() : List.of();
        return new LegacyReport(
                tally.routeVersion(),
                word(tally.mode()),
                generation.sets(),
                merged.whole(),
                operations,
                merged.instances(),
                because);
    }

    private static String word(AuthzMode mode) {
        return mode.name().toLowerCase(Locale.ROOT);
    }

    /** Everything that speaks against enforcing, at once. */
    private record Reasons(
            MigrationProperties bounds, Merged<LegacyFindings> merged, List<Coverage> operations, Instant now) {

        List<String> all() {
            List<String> because = new ArrayList<>();
            LegacyFindings found = merged.whole();
            if (!merged.silent().isEmpty()) {
                because.add("instances " + merged.silent() + " have not told what they saw");
            }
            if (found.compared() < bounds.minComparisons()) {
                because.add(found.compared() + " comparisons (expected: at least " + bounds.minComparisons() + ")");
            }
            Duration seen =
                    found.since().map(since -> Duration.between(since, now)).orElse(Duration.ZERO);
            if (seen.compareTo(bounds.minTime()) < 0) {
                because.add("seen for " + Duration.ofSeconds(seen.toSeconds()) + " (expected: at least "
                        + bounds.minTime() + ")");
            }
            disagreements(found, because);
            if (found.unspoken() > bounds.maxUnspoken() * found.answers()) {
                because.add(found.unspoken() + " of " + found.answers()
                        + " answers had no legible decision of the backend (expected: at most "
                        + bounds.maxUnspoken() * 100 + " %)");
            }
            operations.stream()
                    .filter(operation -> operation.compared() < bounds.minPerOperation())
                    .forEach(operation -> because.add(operation.operation() + " (" + operation.action() + ") was seen "
                            + operation.compared() + " times (expected: at least " + bounds.minPerOperation() + ")"));
            return because;
        }

        private static void disagreements(LegacyFindings found, List<String> because) {
            long refused = found.count(LegacyFindings.DENY, LegacyFindings.ALLOW);
            if (refused > 0) {
                because.add(refused + " requests that the backend allows would be refused");
            }
            long opened = found.count(LegacyFindings.ALLOW, LegacyFindings.DENY);
            if (opened > 0) {
                because.add(opened + " requests that the backend denies would pass");
            }
            if (found.undecided() > 0) {
                because.add(found.undecided() + " requests could not be decided, and would be 503");
            }
        }
    }
}
