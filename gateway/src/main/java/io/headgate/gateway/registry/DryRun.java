package io.headgate.gateway.registry;

import io.headgate.api.ConfigKind;
import io.headgate.api.Problem;
import io.headgate.api.Resource;
import io.headgate.api.ResourceId;
import io.headgate.api.Review;
import io.headgate.api.SpecProblem;
import io.headgate.api.SpecReader;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** What the registry would say to documents that came together. */
record DryRun(Planner planner, Kinds kinds, Head base, Actor actor) {

    ValidationReport report(List<JsonNode> documents) {
        Map<Integer, ValidationReport.Finding> findings = new HashMap<>();
        List<Integer> places = new ArrayList<>();
        List<Intent> intents = new ArrayList<>();
        for (int i = 0; i < documents.size(); i++) {
            switch (Envelope.read(documents.get(i))) {
                case SpecReader.Outcome.Invalid<Envelope>(List<SpecProblem> problems) ->
                    findings.put(i, unread(i, Optional.empty(), Optional.empty(), problems));
                case SpecReader.Outcome.Valid<Envelope>(Envelope envelope) -> {
                    Optional<ConfigKind<?>> kind = kinds.ofKind(envelope.kind());
                    if (kind.isPresent()) {
                        places.add(i);
                        intents.add(intent(kind.get(), envelope));
                    } else {
                        findings.put(
                                i,
                                unread(
                                        i,
                                        Optional.of(envelope.kind()),
                                        Optional.of(envelope.id()),
                                        List.of(kinds.unknown(envelope.kind()))));
                    }
                }
            }
        }
        List<Verdict> verdicts = planner.plan(base, intents, Map.of());
        for (int i = 0; i < verdicts.size(); i++) {
            findings.put(places.get(i), finding(places.get(i), verdicts.get(i)));
        }
        return new ValidationReport(
                base.revision(),
                findings.entrySet().stream()
                        .sorted(Map.Entry.comparingByKey())
                        .map(Map.Entry::getValue)
                        .toList());
    }

    /** Versions and origins are the write's concern; a dry run may be asked for either source. */
    private Intent intent(ConfigKind<?> kind, Envelope envelope) {
        Optional<Row> before = base.row(new Key(kind.kind(), envelope.id()));
        return new Intent(
                kind,
                envelope.id(),
                Optional.of(envelope.spec()),
                false,
                before.map(Row::origin).orElse(Resource.Origin.API),
                before.isPresent() ? Precondition.EXISTS : Precondition.NONE,
                actor);
    }

    private static ValidationReport.Finding finding(int index, Verdict verdict) {
        return switch (verdict) {
            case Verdict.Accepted accepted ->
                passed(index, accepted.intent(), accepted.outcome(), accepted.before(), accepted.warnings());
            case Verdict.Unchanged unchanged ->
                passed(
                        index,
                        unchanged.intent(),
                        WriteResult.Outcome.UNCHANGED,
                        Optional.of(unchanged.row()),
                        List.of());
            case Verdict.Refused refused ->
                new ValidationReport.Finding(
                        index,
                        Optional.of(refused.intent().kind().kind()),
                        Optional.of(refused.intent().id()),
                        Optional.empty(),
                        below(index, problems(refused)),
                        refused.conflicts().stream()
                                .map(conflict -> new Review.Conflict(
                                        conflict.kind(),
                                        conflict.other(),
                                        "/" + index + conflict.pointer(),
                                        conflict.example()))
                                .toList(),
                        refused.warnings());
        };
    }

    private static List<SpecProblem> problems(Verdict.Refused refused) {
        return refused.outright()
                .map(problem -> problem instanceof Problem.InvalidResource invalid
                        ? invalid.problems()
                        : List.of(new SpecProblem("/metadata", problem.detail())))
                .orElse(refused.problems());
    }

    private static ValidationReport.Finding passed(
            int index, Intent intent, WriteResult.Outcome outcome, Optional<Row> before, List<String> warnings) {
        List<String> said = new ArrayList<>(warnings);
        if (before.isPresent() && before.get().origin() == Resource.Origin.FILE) {
            said.add(intent.key() + " is kept in the configuration directory, and can be changed only there.");
        }
        return new ValidationReport.Finding(
                index,
                Optional.of(intent.kind().kind()),
                Optional.of(intent.id()),
                Optional.of(outcome),
                List.of(),
                List.of(),
                said);
    }

    private static ValidationReport.Finding unread(
            int index, Optional<String> kind, Optional<ResourceId> id, List<SpecProblem> problems) {
        return new ValidationReport.Finding(
                index, kind, id, Optional.empty(), below(index, problems), List.of(), List.of());
    }

    private static List<SpecProblem> below(int index, List<SpecProblem> problems) {
        return problems.stream()
                .map(problem -> new SpecProblem("/" + index + problem.pointer(), problem.detail()))
                .toList();
    }
}
