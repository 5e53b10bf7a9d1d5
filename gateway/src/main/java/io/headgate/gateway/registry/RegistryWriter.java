package io.headgate.gateway.registry;

import io.headgate.api.Event;
import io.headgate.api.Problem;
import io.headgate.api.ProblemType;
import io.headgate.api.SpecReader;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import tools.jackson.databind.JsonNode;

/**
 * The one way into the store: intents are judged by the {@link Planner} against the newest head, under the lock of all
 * writers, and what is accepted is stored with the events that tell of it.
 */
final class RegistryWriter {

    private static final int QUEUED_TASKS = 10_000;

    private final Kinds kinds;
    private final Documents documents;
    private final Planner planner;
    private final ChangeEvents events;
    private final Store store;
    private final Follower follower;
    private final RegistryReader reader;
    private final RegistryProperties properties;
    private final Clock clock;

    private final Scheduler reviewing = Schedulers.newBoundedElastic(1, QUEUED_TASKS, "registry-review", 60, true);

    RegistryWriter(
            Kinds kinds,
            Documents documents,
            ChangeEvents events,
            Store store,
            Follower follower,
            RegistryReader reader,
            RegistryProperties properties,
            Clock clock) {
        this.kinds = kinds;
        this.documents = documents;
        this.planner = new Planner(documents, properties.maxDocument());
        this.events = events;
        this.store = store;
        this.follower = follower;
        this.reader = reader;
        this.properties = properties;
        this.clock = clock;
    }

    Mono<WriteResult> write(WriteRequest request) {
        return request.kind().inform(request.id()).then(Mono.defer(() -> switch (request) {
            case WriteRequest.Put put -> one(WriteIntents.of(put));
            case WriteRequest.Delete delete -> one(WriteIntents.of(delete, Optional.empty(), false));
            case WriteRequest.Rollback rollback -> rollBack(rollback);
        }));
    }

    Mono<WriteResult> one(Intent intent) {
        return change(patience(1), (transaction, base) -> Mono.just(List.of(intent)), Decision::allOrNothing)
                .map(done -> result(done.getFirst()));
    }

    private Mono<WriteResult> rollBack(WriteRequest.Rollback request) {
        var key = new Key(request.kind().kind(), request.id());
        if (!request.kind().canRollBack()) {
            return Mono.error(Problem.of(
                            ProblemType.CONFLICT,
                            "A " + key.kind() + " does not go back: that could revive what was revoked.")
                    .asException());
        }
        return change(
                        patience(1),
                        (transaction, base) -> transaction
                                .version(key, request.to())
                                .flatMap(row -> Mono.justOrEmpty(row.spec()))
                                .switchIfEmpty(Mono.error(() -> Problem.of(
                                                ProblemType.NOT_FOUND,
                                                key + " has no version " + request.to() + " to go back to.")
                                        .asException()))
                                .map(spec ->
                                        List.of(WriteIntents.of(request, Optional.of(documents.stored(spec)), true))),
                        Decision::allOrNothing)
                .map(done -> result(done.getFirst()));
    }

    private WriteResult result(Done done) {
        return switch (done.verdict()) {
            case Verdict.Accepted accepted ->
                new WriteResult(
                        accepted.outcome(),
                        reader.shown(done.row().isDeletion() ? accepted.before().orElseThrow() : done.row()),
                        accepted.shownOnce(),
                        accepted.warnings());
            case Verdict.Unchanged unchanged ->
                new WriteResult(WriteResult.Outcome.UNCHANGED, reader.shown(unchanged.row()), Map.of(), List.of());
            case Verdict.Refused refused -> throw refused.problem().asException();
        };
    }

    Mono<ValidationReport> validate(List<JsonNode> candidates, Actor actor) {
        return Flux.fromIterable(candidates)
                .concatMap(this::inform)
                .then(Mono.defer(() -> store.changes(newest().store(), newest().revision())))
                .publishOn(reviewing)
                .map(follower::advance)
                .map(base -> new DryRun(planner, kinds, base, actor).report(candidates));
    }

    private Mono<Void> inform(JsonNode candidate) {
        return Envelope.read(candidate) instanceof SpecReader.Outcome.Valid<Envelope>(Envelope envelope)
                ? kinds.ofKind(envelope.kind())
                        .map(kind -> kind.inform(envelope.id()))
                        .orElse(Mono.empty())
                : Mono.empty();
    }

    /**
     * Makes what the directory says so, as far as it can be; empty, and nothing changed, where the directory has to be
     * read again.
     */
    Mono<List<InstanceStatus.FileProblem>> reconcile(Head before, List<FileDocument> files, boolean complete) {
        return Mono.defer(() -> {
            var plan = new DirectoryPlan(kinds, before, files, complete);
            return Flux.fromIterable(files)
                    .concatMap(file -> file.kind().inform(file.envelope().id()))
                    .then(change(
                            patience(files.size()), (transaction, base) -> Mono.just(plan.intents(base)), plan::decide))
                    .then(Mono.fromSupplier(plan::refused))
                    .flatMap(Mono::justOrEmpty);
        });
    }

    /** What became of an intent: a verdict that is not a refusal, with the row as it stands. */
    private record Done(Verdict verdict, Row row) {}

    private interface Intents {
        Mono<List<Intent>> of(Store.Transaction transaction, Head base);
    }

    /** Turns intents into verdicts; those that are accepted will be stored. */
    private interface Decision {
        List<Verdict> decide(Planner planner, Head base, List<Intent> intents, Map<Key, Long> lastVersions);

        static List<Verdict> allOrNothing(
                Planner planner, Head base, List<Intent> intents, Map<Key, Long> lastVersions) {
            List<Verdict> verdicts = planner.plan(base, intents, lastVersions);
            verdicts.forEach(verdict -> {
                if (verdict instanceof Verdict.Refused refused) {
                    throw refused.problem().asException();
                }
            });
            return verdicts;
        }
    }

    private Mono<List<Done>> change(Duration patience, Intents intents, Decision decision) {
        return Mono.defer(() -> store.writing(
                        patience,
                        newest().store(),
                        newest().revision(),
                        (transaction, changes) -> Mono.just(changes)
                                .publishOn(reviewing)
                                .map(follower::advance)
                                .flatMap(base -> intents.of(transaction, base)
                                        .flatMap(wanted -> transaction
                                                .lastVersions(absent(base, wanted))
                                                .publishOn(reviewing)
                                                .map(last ->
                                                        new Step(base, decision.decide(planner, base, wanted, last)))))
                                .flatMap(step -> store(transaction, step))))
                .map(this::committed);
    }

    private static List<Key> absent(Head base, List<Intent> intents) {
        return intents.stream()
                .map(Intent::key)
                .filter(key -> base.row(key).isEmpty())
                .toList();
    }

    private record Step(Head base, List<Verdict> verdicts) {}

    private record Stored(Head next, List<Done> done) {}

    private Mono<Stored> store(Store.Transaction transaction, Step step) {
        Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
        Head next = step.base();
        List<Row> rows = new ArrayList<>();
        List<Event> told = new ArrayList<>();
        List<Done> done = new ArrayList<>();
        for (Verdict verdict : step.verdicts()) {
            switch (verdict) {
                case Verdict.Accepted accepted -> {
                    Row row = Planner.row(accepted, next.revision() + 1, now);
                    next = next.after(accepted, row);
                    rows.add(row);
                    told.add(events.of(accepted, row));
                    done.add(new Done(accepted, row));
                }
                case Verdict.Unchanged unchanged -> done.add(new Done(unchanged, unchanged.row()));
                case Verdict.Refused refused -> {}
            }
        }
        var stored = new Stored(next, done);
        return rows.isEmpty()
                ? Mono.just(stored)
                : transaction.store(rows, told).thenReturn(stored);
    }

    private List<Done> committed(Stored stored) {
        follower.committed(stored.next());
        return stored.done();
    }

    private Duration patience(int changes) {
        return properties.timeout().multipliedBy(2).plusMillis(10L * changes);
    }

    private Head newest() {
        return follower.newest();
    }

    void dispose() {
        reviewing.dispose();
    }
}
