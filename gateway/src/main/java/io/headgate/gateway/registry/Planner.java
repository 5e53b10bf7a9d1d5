package io.headgate.gateway.registry;

import io.headgate.api.AdminRole;
import io.headgate.api.ConfigKind;
import io.headgate.api.ConfigSnapshot;
import io.headgate.api.Problem;
import io.headgate.api.ProblemException;
import io.headgate.api.ProblemType;
import io.headgate.api.Resource;
import io.headgate.api.ResourceId;
import io.headgate.api.Review;
import io.headgate.api.SpecProblem;
import io.headgate.api.SpecReader;
import io.headgate.api.TeamSpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.util.unit.DataSize;
import tools.jackson.databind.node.ObjectNode;

/**
 * Decides about changes that come together, against the registry at one revision. Pure: it reads nothing and changes
 * nothing, so a dry run and a write get the same answer.
 */
final class Planner {

    private static final Logger log = LoggerFactory.getLogger(Planner.class);
    private static final int MAX_DEPENDENTS_NAMED = 20;
    private static final Set<AdminRole> WRITING =
            EnumSet.of(AdminRole.TEAM_WRITER, AdminRole.SRE, AdminRole.PLATFORM_ADMIN);

    private final Documents documents;
    private final DataSize maxDocument;

    Planner(Documents documents, DataSize maxDocument) {
        this.documents = documents;
        this.maxDocument = maxDocument;
    }

    /**
     * One verdict an intent, in their order. Each accepted one stands beside all the others.
     *
     * @param lastVersions of resources that were there once and are not now
     */
    List<Verdict> plan(Head head, List<Intent> intents, Map<Key, Long> lastVersions) {
        List<Verdict> drafts = new ArrayList<>();
        Set<Key> seen = new HashSet<>();
        for (Intent intent : intents) {
            drafts.add(
                    seen.add(intent.key())
                            ? draft(head, intent, lastVersions.getOrDefault(intent.key(), 0L))
                            : Verdict.Refused.invalid(
                                    intent, List.of(new SpecProblem("/metadata", intent.key() + " is there twice"))));
        }
        Head after = apply(head, drafts);
        return drafts.stream()
                .map(draft -> draft instanceof Verdict.Accepted accepted
                        ? guarded(accepted.intent(), () -> review(head, after, accepted, seen))
                        : draft)
                .toList();
    }

    /** The registry as it would be. */
    static Head apply(Head head, List<Verdict> verdicts) {
        Head after = head;
        for (Verdict verdict : verdicts) {
            if (verdict instanceof Verdict.Accepted accepted) {
                after = after.after(accepted, row(accepted, head.revision(), Instant.EPOCH));
            }
        }
        return after;
    }

    /** What will be stored of an accepted change. */
    static Row row(Verdict.Accepted accepted, long revision, Instant now) {
        Intent intent = accepted.intent();
        return new Row(
                intent.kind().kind(),
                intent.id(),
                accepted.resource()
                        .map(Resource::version)
                        .orElseGet(() -> accepted.before().orElseThrow().version() + 1),
                revision,
                intent.origin(),
                accepted.stored().map(ObjectNode::toString),
                now,
                intent.actor().subject());
    }

    private Verdict draft(Head head, Intent intent, long lastVersion) {
        Optional<Row> before = head.row(intent.key());
        Optional<Problem> obstacle = obstacle(intent, before);
        return obstacle.isPresent()
                ? Verdict.Refused.outright(intent, obstacle.get())
                : guarded(intent, () -> draft(intent.kind(), head, intent, before, lastVersion));
    }

    /** A kind that fails refuses its own document, and no other. */
    private static Verdict guarded(Intent intent, Supplier<Verdict> asking) {
        try {
            return asking.get();
        } catch (ProblemException e) {
            return Verdict.Refused.outright(intent, e.problem());
        } catch (RuntimeException e) {
            log.atError().addKeyValue("resource", intent.key()).setCause(e).log("kind failed on a document");
            return Verdict.Refused.outright(
                    intent, Problem.of(ProblemType.INTERNAL, "The gateway failed on " + intent.key() + "."));
        }
    }

    private <S> Verdict draft(ConfigKind<S> kind, Head head, Intent intent, Optional<Row> before, long lastVersion) {
        Optional<S> specBefore = head.find(kind.specType(), intent.id()).map(Resource::spec);
        if (intent.spec().isEmpty()) {
            return mayWrite(intent, kind.writers(specBefore, Optional.empty()))
                    ? new Verdict.Accepted(intent, before, Optional.empty(), Optional.empty(), Map.of(), List.of())
                    : forbidden(intent);
        }
        Optional<ObjectNode> storedBefore = before.flatMap(Row::spec).map(documents::stored);
        ConfigKind.Prepared prepared = intent.restores()
                ? new ConfigKind.Prepared(intent.spec().get(), Map.of())
                : kind.prepare(intent.spec().get(), storedBefore);
        int size = prepared.stored().toString().length();
        if (size > maxDocument.toBytes()) {
            return Verdict.Refused.invalid(
                    intent,
                    List.of(new SpecProblem(
                            "/spec", size + " characters (expected: at most " + maxDocument.toBytes() + ")")));
        }
        return switch (SpecReader.read(prepared.stored(), "/spec", reader -> kind.read(reader, intent.id()))) {
            case SpecReader.Outcome.Invalid<S>(List<SpecProblem> problems) -> Verdict.Refused.invalid(intent, problems);
            case SpecReader.Outcome.Valid<S>(S spec) -> {
                if (!mayWrite(intent, kind.writers(specBefore, Optional.of(spec)))) {
                    yield forbidden(intent);
                }
                // as text and back, so that both sides went the same way through the numbers' types
                ObjectNode stored = documents.stored(prepared.stored().toString());
                if (before.isPresent() && storedBefore.equals(Optional.of(stored))) {
                    yield new Verdict.Unchanged(intent, before.get());
                }
                long version = before.map(Row::version).orElse(lastVersion) + 1;
                yield new Verdict.Accepted(
                        intent,
                        before,
                        Optional.of(new Resource<>(kind.kind(), intent.id(), version, intent.origin(), spec)),
                        Optional.of(stored),
                        prepared.shownOnce(),
                        List.of());
            }
        };
    }

    /** What stands in the way whatever the document says. */
    private static Optional<Problem> obstacle(Intent intent, Optional<Row> before) {
        if (!intent.actor().mayWrite(intent.id(), WRITING)) {
            return Optional.of(forbidden(intent).problem());
        }
        if (intent.kind().isPlatformOnly() && !intent.id().team().equals(ResourceId.PLATFORM)) {
            return Optional.of(new Problem.InvalidResource(
                    intent.key() + " cannot be as it is written.",
                    List.of(new SpecProblem(
                            "/metadata/team",
                            "'" + intent.id().team() + "' (expected: " + ResourceId.PLATFORM + ", where every "
                                    + intent.kind().kind() + " lives)"))));
        }
        if (before.isPresent() && before.get().origin() != intent.origin()) {
            return Optional.of(Problem.of(
                    ProblemType.CONFLICT, foreign(intent.key(), before.get().origin())));
        }
        return intent.origin() == Resource.Origin.FILE ? Optional.empty() : precondition(intent, before);
    }

    private static String foreign(Key key, Resource.Origin owner) {
        return switch (owner) {
            case FILE -> key + " is kept in the configuration directory: change it there.";
            case API -> key + " is kept through the API: delete it there before a file brings it.";
        };
    }

    private static Optional<Problem> precondition(Intent intent, Optional<Row> before) {
        boolean needed = !intent.restores() && before.isPresent();
        return switch (intent.precondition()) {
            case Precondition.None none
            when needed ->
                Optional.of(Problem.of(
                        ProblemType.PRECONDITION_REQUIRED,
                        intent.key() + " is there already: send the version that the change is based on as If-Match."));
            case Precondition.None none
            when before.isEmpty() && intent.spec().isEmpty() ->
                Optional.of(Problem.of(ProblemType.NOT_FOUND, "There is no " + intent.key() + "."));
            case Precondition.None none -> Optional.empty();
            case Precondition.Absent absent -> stale(before.isPresent(), intent, before);
            case Precondition.Exists exists -> stale(before.isEmpty(), intent, before);
            case Precondition.VersionIs(long version) ->
                stale(before.isEmpty() || before.get().version() != version, intent, before);
        };
    }

    private static Optional<Problem> stale(boolean isStale, Intent intent, Optional<Row> before) {
        return isStale
                ? Optional.of(Problem.of(
                        ProblemType.STALE_VERSION,
                        before.map(row -> intent.key() + " is at version " + row.version() + ".")
                                .orElse("There is no " + intent.key() + ".")))
                : Optional.empty();
    }

    private static boolean mayWrite(Intent intent, Set<AdminRole> writers) {
        return intent.actor().mayWrite(intent.id(), writers);
    }

    private static Verdict.Refused forbidden(Intent intent) {
        return Verdict.Refused.outright(
                intent,
                Problem.of(ProblemType.FORBIDDEN, "This caller may not make this change of " + intent.key() + "."));
    }

    private static Verdict review(Head head, Head after, Verdict.Accepted accepted, Set<Key> together) {
        var review = new Review();
        accepted.resource()
                .ifPresent(candidate ->
                        review(candidate, after.without(accepted.intent().key()), review));
        if (accepted.before().isPresent() && accepted.intent().kind().isReferenced()) {
            new Dependents(head, after, accepted.intent().key(), together)
                    .broken(MAX_DEPENDENTS_NAMED)
                    .forEach(review::conflict);
        }
        if (!review.problems().isEmpty() || !review.conflicts().isEmpty()) {
            return new Verdict.Refused(
                    accepted.intent(), Optional.empty(), review.problems(), review.conflicts(), review.warnings());
        }
        return new Verdict.Accepted(
                accepted.intent(),
                accepted.before(),
                accepted.resource(),
                accepted.stored(),
                accepted.shownOnce(),
                review.warnings());
    }

    /** What a resource's kind says to it beside the others; before that, that somebody must own it. */
    static void review(Resource<?> candidate, Head others, Review review) {
        String team = candidate.id().team();
        if (!team.equals(ResourceId.PLATFORM)
                && others.kinds().ofType(TeamSpec.class).isPresent()
                && others.find(TeamSpec.class, new ResourceId(ResourceId.PLATFORM, team))
                        .isEmpty()) {
            review.problem(
                    "/metadata/team",
                    "'" + team + "' (expected: " + ResourceId.PLATFORM + ", or a team that " + "is registered)");
            return;
        }
        others.kinds().ofKind(candidate.kind()).ifPresent(kind -> review(kind, candidate, others, review));
    }

    @SuppressWarnings("unchecked") // the kind made the resource
    private static <S> void review(ConfigKind<S> kind, Resource<?> candidate, ConfigSnapshot others, Review review) {
        kind.review((Resource<S>) candidate, others, review);
    }
}
