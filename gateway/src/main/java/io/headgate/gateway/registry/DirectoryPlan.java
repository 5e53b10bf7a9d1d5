package io.headgate.gateway.registry;

import io.headgate.api.Problem;
import io.headgate.api.Resource;
import io.headgate.api.Review;
import io.headgate.api.SpecProblem;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Turns a directory into changes that are decided together: resources that need one another come in any order, and one
 * that cannot be taken does not hold up those that do not need it. Where another instance took the directory while this
 * one read it nothing is changed, since what was read may be older than what is stored and would undo it.
 */
final class DirectoryPlan {

    private static final String ACTOR = "config:";
    private static final String GONE = "(gone)";

    private final Kinds kinds;
    private final Head before;
    private final List<FileDocument> files;
    private final boolean complete;
    private final List<InstanceStatus.FileProblem> problems = new ArrayList<>();
    private boolean isOvertaken;

    /**
     * @param before the registry as it stood before the directory was read
     * @param complete whether what is not among the documents is gone from the directory
     */
    DirectoryPlan(Kinds kinds, Head before, List<FileDocument> files, boolean complete) {
        this.kinds = kinds;
        this.before = before;
        this.files = files;
        this.complete = complete;
    }

    /** What could not be taken; empty where the directory has to be read again. */
    Optional<List<InstanceStatus.FileProblem>> refused() {
        return isOvertaken ? Optional.empty() : Optional.of(problems);
    }

    List<Intent> intents(Head base) {
        isOvertaken = !fromFiles(before).equals(fromFiles(base));
        return isOvertaken ? List.of() : whatFilesSay(base);
    }

    private static Set<Row> fromFiles(Head head) {
        return head.rows().stream()
                .filter(row -> row.origin() == Resource.Origin.FILE)
                .collect(Collectors.toSet());
    }

    private List<Intent> whatFilesSay(Head base) {
        List<Intent> intents = new ArrayList<>();
        Set<Key> there = new HashSet<>();
        for (FileDocument file : files) {
            there.add(file.key());
            intents.add(intent(file.key(), file.place(), Optional.of(file.envelope())));
        }
        if (complete) {
            fromFiles(base).stream()
                    .map(Row::key)
                    .filter(key ->
                            !there.contains(key) && kinds.ofKind(key.kind()).isPresent())
                    .forEach(key -> intents.add(intent(key, GONE, Optional.empty())));
        }
        return intents;
    }

    private Intent intent(Key key, String place, Optional<Envelope> envelope) {
        return new Intent(
                kinds.ofKind(key.kind()).orElseThrow(),
                key.id(),
                envelope.map(Envelope::spec),
                false,
                Resource.Origin.FILE,
                Precondition.NONE,
                Actor.operator(ACTOR + place));
    }

    /** Leaves out what is refused until nothing more is: the rest stands beside each other. */
    List<Verdict> decide(Planner planner, Head base, List<Intent> intents, Map<Key, Long> lastVersions) {
        problems.clear(); // the whole decision may be made again
        List<Intent> remaining = intents;
        while (true) {
            List<Verdict> verdicts = planner.plan(base, remaining, lastVersions);
            List<Verdict.Refused> refused = verdicts.stream()
                    .filter(Verdict.Refused.class::isInstance)
                    .map(Verdict.Refused.class::cast)
                    .toList();
            if (refused.isEmpty()) {
                return verdicts;
            }
            refused.forEach(one -> problems.add(problem(one)));
            Set<Intent> out = refused.stream().map(Verdict.Refused::intent).collect(Collectors.toSet());
            remaining =
                    remaining.stream().filter(intent -> !out.contains(intent)).toList();
        }
    }

    private static InstanceStatus.FileProblem problem(Verdict.Refused refused) {
        String place = refused.intent().actor().subject().substring(ACTOR.length());
        return new InstanceStatus.FileProblem(place, refused.intent().key() + ": " + reason(refused.problem()));
    }

    static String reason(Problem problem) {
        Stream<String> parts = switch (problem) {
            case Problem.InvalidResource invalid -> invalid.problems().stream().map(DirectoryPlan::text);
            case Problem.Conflicting conflicting ->
                conflicting.conflicts().stream().map(DirectoryPlan::text);
            default -> Stream.of(problem.detail());
        };
        return parts.collect(Collectors.joining("; "));
    }

    static String text(SpecProblem problem) {
        return problem.pointer() + ": " + problem.detail();
    }

    private static String text(Review.Conflict conflict) {
        return conflict.pointer() + ": conflicts with " + conflict.kind() + " " + conflict.other() + " ("
                + conflict.example() + ")";
    }
}
