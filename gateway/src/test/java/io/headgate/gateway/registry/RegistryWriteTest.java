package io.headgate.gateway.registry;

import static io.headgate.gateway.registry.Registries.ADMIN;
import static io.headgate.gateway.registry.Registries.PATIENCE;
import static io.headgate.gateway.registry.Registries.claim;
import static io.headgate.gateway.registry.Registries.document;
import static io.headgate.gateway.registry.Registries.problemOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headgate.api.AdminRole;
import io.headgate.api.Problem;
import io.headgate.api.ProblemException;
import io.headgate.api.ProblemType;
import io.headgate.api.ResourceId;
import io.headgate.api.SpecProblem;
import io.headgate.local.SharedStack;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

class RegistryWriteTest {

    private final Registries all = new Registries(SharedStack.postgres());
    private LiveRegistry registry;

    @BeforeEach
    void start() {
        registry = all.start("gateway-0");
        Registries.awaitState(registry, RegistryState.Live.class);
    }

    @AfterEach
    void stop() {
        all.close();
    }

    @Test
    void createsWithoutIfMatchAndAnswersTheFirstVersion() {
        WriteResult created = all.create(registry, "platform/one", claim("a"));

        assertThat(created.outcome()).isEqualTo(WriteResult.Outcome.CREATED);
        assertThat(created.resource().version()).isEqualTo(1);
        assertThat(find("platform/one").spec().path("claim").stringValue()).isEqualTo("a");
    }

    @Test
    void refusesAnUpdateThatDoesNotSayWhichVersionItIsBasedOn() {
        all.create(registry, "platform/one", claim("a"));

        Problem problem = problemOf(() -> all.create(registry, "platform/one", claim("b")));

        assertThat(problem.type()).isEqualTo(ProblemType.PRECONDITION_REQUIRED);
        assertThat(find("platform/one").version()).isEqualTo(1);
    }

    @Test
    void refusesAnUpdateThatLostTheRace() {
        all.create(registry, "platform/one", claim("a"));
        all.put(registry, "platform/one", claim("b"), new Precondition.VersionIs(1));

        Problem problem = problemOf(() -> all.put(registry, "platform/one", claim("c"), new Precondition.VersionIs(1)));

        assertThat(problem.type()).isEqualTo(ProblemType.STALE_VERSION);
        assertThat(problem.detail()).contains("version 2");
        assertThat(find("platform/one").spec().path("claim").stringValue()).isEqualTo("b");
    }

    @Test
    void refusesToUpdateWhatIsNotThereAndToCreateWhatIs() {
        all.create(registry, "platform/one", claim("a"));

        assertThat(problemOf(() -> all.put(registry, "platform/two", claim("b"), Precondition.EXISTS))
                        .type())
                .isEqualTo(ProblemType.STALE_VERSION);
        assertThat(problemOf(() -> all.put(registry, "platform/one", claim("b"), Precondition.ABSENT))
                        .type())
                .isEqualTo(ProblemType.STALE_VERSION);
    }

    @Test
    void identicalContentIsNoNewVersionAndNoEvent() {
        all.create(registry, "platform/one", "{\"claim\":\"a\",\"secret\":\"s\"}");

        WriteResult again =
                all.put(registry, "platform/one", "{\"secret\":\"s\", \"claim\":\"a\"}", new Precondition.VersionIs(1));

        assertThat(again.outcome()).isEqualTo(WriteResult.Outcome.UNCHANGED);
        assertThat(again.resource().version()).isEqualTo(1);
        assertThat(all.query("SELECT count(*) FROM headgate.outbox")).isEqualTo("1");
    }

    @Test
    void ofTwoWritersWithConflictingChangesExactlyOneWinsEveryTime() {
        LiveRegistry other = all.start("gateway-1");
        for (int round = 0; round < 20; round++) {
            String claimed = claim("c" + round);
            List<String> outcomes = Flux.merge(
                            outcome(registry.write(all.putting("platform/left" + round, claimed, Precondition.NONE))),
                            outcome(other.write(all.putting("platform/right" + round, claimed, Precondition.NONE))))
                    .collectSortedList()
                    .blockOptional(PATIENCE)
                    .orElseThrow();

            assertThat(outcomes).containsExactly("CONFLICT", "CREATED");
        }
    }

    private static Mono<String> outcome(Mono<WriteResult> write) {
        return write.map(result -> result.outcome().name())
                .onErrorResume(
                        ProblemException.class,
                        refused -> Mono.just(refused.problem().type().name()));
    }

    @Test
    void aConflictNamesTheOtherResourceAndAnExample() {
        all.create(registry, "platform/one", claim("a"));

        Problem problem = problemOf(() -> all.create(registry, "platform/two", claim("a")));

        assertThat(problem).isInstanceOfSatisfying(Problem.Conflicting.class, conflicting -> {
            assertThat(conflicting.conflicts().getFirst().other()).hasToString("platform/one");
            assertThat(conflicting.conflicts().getFirst().example()).isEqualTo("a");
        });
        assertThat(all.query("SELECT count(*) FROM headgate.resource_version")).isEqualTo("1");
    }

    @Test
    void revisionsOfConcurrentWritersAreWithoutGapsAndVersionsCountEachResource() {
        LiveRegistry other = all.start("gateway-1");

        List<Long> revisions = Flux.range(0, 60)
                .flatMap(
                        i -> (i % 2 == 0 ? registry : other)
                                .write(all.putting("platform/t" + i, claim("c" + i), Precondition.NONE)),
                        16)
                .map(result -> result.resource().revision())
                .collectSortedList()
                .blockOptional(PATIENCE)
                .orElseThrow();

        assertThat(revisions).isEqualTo(LongStream.rangeClosed(1, 60).boxed().toList());
        Registries.awaitRevision(registry, 60);
        Registries.awaitRevision(other, 60);
    }

    @Test
    void deletionNeedsTheVersionAndRecreationCountsOn() {
        all.create(registry, "platform/one", claim("a"));

        assertThat(problemOf(() -> all.delete(registry, all.things, "platform/one", Precondition.NONE))
                        .type())
                .isEqualTo(ProblemType.PRECONDITION_REQUIRED);
        all.delete(registry, all.things, "platform/one", new Precondition.VersionIs(1));
        assertThat(problemOf(() -> find("platform/one")).type()).isEqualTo(ProblemType.NOT_FOUND);
        assertThat(problemOf(() -> all.delete(registry, all.things, "platform/one", Precondition.NONE))
                        .type())
                .isEqualTo(ProblemType.NOT_FOUND);
        assertThat(all.create(registry, "platform/one", claim("b")).resource().version())
                .isEqualTo(3);
    }

    @Test
    void keepsEveryVersionNewestFirstPageByPage() {
        all.create(registry, "platform/one", claim("a"));
        all.put(registry, "platform/one", claim("b"), new Precondition.VersionIs(1));
        all.delete(registry, all.things, "platform/one", Precondition.EXISTS);

        VersionPage first = versions(Optional.empty(), 2);
        VersionPage second = versions(first.next(), 2);

        assertThat(first.items()).extracting(VersionPage.Entry::version).containsExactly(3L, 2L);
        assertThat(first.items().getFirst().spec()).isEmpty();
        assertThat(second.items()).extracting(VersionPage.Entry::version).containsExactly(1L);
        assertThat(second.items().getFirst().changedBy()).isEqualTo("ada");
        assertThat(second.next()).isEmpty();
    }

    private VersionPage versions(Optional<Long> before, int limit) {
        return registry.versions(new VersionsRequest(all.things, ResourceId.parse("platform/one"), before, limit))
                .blockOptional(PATIENCE)
                .orElseThrow();
    }

    @Test
    void rollbackWritesAnEarlierSpecAsANewVersionAndBringsBackWhatWasDeleted() {
        all.create(registry, "platform/one", claim("a"));
        all.put(registry, "platform/one", claim("b"), new Precondition.VersionIs(1));

        assertThat(rollBack(1).resource().version()).isEqualTo(3);
        assertThat(find("platform/one").spec().path("claim").stringValue()).isEqualTo("a");

        all.delete(registry, all.things, "platform/one", Precondition.EXISTS);
        assertThat(rollBack(2).outcome()).isEqualTo(WriteResult.Outcome.CREATED);
        assertThat(find("platform/one").version()).isEqualTo(5);
    }

    @Test
    void rollbackIsHeldAgainstWhatIsThereToday() {
        all.create(registry, "platform/one", claim("a"));
        all.put(registry, "platform/one", claim("b"), new Precondition.VersionIs(1));
        all.create(registry, "platform/two", claim("a"));

        assertThat(problemOf(() -> rollBack(1)).type()).isEqualTo(ProblemType.CONFLICT);
    }

    @Test
    void rollbackIsRefusedWhereItCouldReviveWhatWasRevoked() {
        all.create(registry, "platform/one", claim("a"));
        all.delete(registry, all.things, "platform/one", Precondition.EXISTS);
        all.things.canRollBack = false;

        assertThat(problemOf(() -> rollBack(1)).type()).isEqualTo(ProblemType.CONFLICT);
        assertThat(all.query("SELECT count(*) FROM headgate.resource")).isEqualTo("0");
    }

    @Test
    void rollbackToADeletionOrToNothingIsNotFound() {
        all.create(registry, "platform/one", claim("a"));

        assertThat(problemOf(() -> rollBack(7)).type()).isEqualTo(ProblemType.NOT_FOUND);
    }

    private WriteResult rollBack(long to) {
        return registry.write(new WriteRequest.Rollback(
                        all.things, ResourceId.parse("platform/one"), to, Precondition.NONE, ADMIN))
                .blockOptional(PATIENCE)
                .orElseThrow();
    }

    @Test
    void listsInOrderOfTeamAndNamePageByPage() {
        all.team(registry, "reports");
        all.team(registry, "sales");
        IntStream.range(0, 5).forEach(i -> all.create(registry, "reports/t" + i, claim("r" + i)));
        all.create(registry, "sales/t9", claim("s"));

        ListPage first = list(Optional.of("reports"), Optional.empty(), 3);
        ListPage second = list(Optional.of("reports"), first.next(), 3);

        assertThat(first.items()).extracting(item -> item.id().name()).containsExactly("t0", "t1", "t2");
        assertThat(second.items()).extracting(item -> item.id().name()).containsExactly("t3", "t4");
        assertThat(second.next()).isEmpty();
        assertThat(list(Optional.empty(), Optional.empty(), 500).items()).hasSize(6);
    }

    private ListPage list(Optional<String> team, Optional<ResourceId> after, int limit) {
        return registry.list(new ListRequest(all.things, team, after, limit))
                .blockOptional(PATIENCE)
                .orElseThrow();
    }

    @Test
    void anEventIsThereExactlyWhenItsChangeIsAndHoldsNoSecret() {
        all.create(registry, "platform/one", "{\"claim\":\"a\",\"secret\":\"hush\"}");
        problemOf(() -> all.create(registry, "platform/two", claim("a")));
        all.put(registry, "platform/one", "{\"claim\":\"b\",\"secret\":\"hush\"}", new Precondition.VersionIs(1));

        assertThat(all.query("SELECT string_agg(data->>'action' || ':' || coalesce(data->'before'->>'claim', '-')"
                        + " || '>' || (data->'after'->>'claim'), ' ' ORDER BY sequence) FROM headgate.outbox"))
                .isEqualTo("created:->a updated:a>b");
        assertThat(all.query("SELECT count(*) FROM headgate.outbox WHERE data::text LIKE '%hush%'"))
                .isEqualTo("0");
        assertThat(all.query("SELECT event_type || ' ' || user_id || ' ' || request_id || ' ' || account_id"
                        + " FROM headgate.outbox LIMIT 1"))
                .isEqualTo("config.changed ada request-1 acme");
    }

    @Test
    void aChangeWhoseEventCannotBeWrittenIsNotMade() {
        all.postgres.execute(all.database, "ALTER TABLE headgate.outbox ADD CHECK (user_id <> 'ada')");

        assertThatThrownBy(() -> all.create(registry, "platform/one", claim("a")))
                .isNotNull();

        assertThat(all.query("SELECT count(*) FROM headgate.resource")).isEqualTo("0");
        assertThat(all.query("SELECT revision FROM headgate.registry")).isEqualTo("0");
    }

    @Test
    void refusesADocumentOfAnotherPathAndNamesEachDifference() {
        Problem problem = problemOf(() -> registry.write(new WriteRequest.Put(
                        all.things,
                        ResourceId.parse("platform/one"),
                        document("Team", "sales/two", claim("a")),
                        Precondition.NONE,
                        ADMIN))
                .block(PATIENCE));

        assertThat(problem)
                .isInstanceOfSatisfying(
                        Problem.InvalidResource.class,
                        invalid -> assertThat(invalid.problems())
                                .extracting(SpecProblem::pointer)
                                .containsExactly("/kind", "/metadata/team", "/metadata/name"));
    }

    @Test
    void refusesAResourceOfATeamThatNobodyRegistered() {
        Problem problem = problemOf(() -> all.create(registry, "ghosts/one", claim("a")));

        assertThat(problem)
                .isInstanceOfSatisfying(
                        Problem.InvalidResource.class,
                        invalid -> assertThat(invalid.problems().getFirst().pointer())
                                .isEqualTo("/metadata/team"));
    }

    @Test
    void refusesToDeleteATeamThatStillOwnsResourcesAndNamesThem() {
        all.team(registry, "reports");
        all.create(registry, "reports/one", claim("a"));

        Problem problem = problemOf(() -> all.delete(registry, all.teams, "platform/reports", Precondition.EXISTS));

        assertThat(problem)
                .isInstanceOfSatisfying(
                        Problem.Conflicting.class,
                        conflicting -> assertThat(
                                        conflicting.conflicts().getFirst().other())
                                .hasToString("reports/one"));
    }

    @Test
    void refusesToDeleteWhatAnotherResourceNeeds() {
        all.create(registry, "platform/one", claim("a"));
        all.create(registry, "platform/two", "{\"claim\":\"b\",\"needs\":\"one\"}");

        assertThat(problemOf(() -> all.delete(registry, all.things, "platform/one", Precondition.EXISTS))
                        .type())
                .isEqualTo(ProblemType.CONFLICT);
        all.delete(registry, all.things, "platform/two", Precondition.EXISTS);
        all.delete(registry, all.things, "platform/one", Precondition.EXISTS);
    }

    @Test
    void aTeamWriterWritesForItsOwnTeamsAlone() {
        all.team(registry, "reports");
        all.team(registry, "sales");
        var writer = new Actor(
                "tim",
                Optional.empty(),
                Set.of(AdminRole.TEAM_WRITER),
                Set.of("reports"),
                Optional.empty(),
                Optional.empty());

        assertThat(problemOf(() -> write(writer, "sales/one")).type()).isEqualTo(ProblemType.FORBIDDEN);
        write(writer, "reports/one");
        all.things.writers = Set.of(AdminRole.PLATFORM_ADMIN);
        assertThat(problemOf(() -> write(writer, "reports/two")).type()).isEqualTo(ProblemType.FORBIDDEN);
    }

    private void write(Actor actor, String id) {
        registry.write(new WriteRequest.Put(
                        all.things, ResourceId.parse(id), document("Thing", id, claim(id)), Precondition.NONE, actor))
                .block(PATIENCE);
    }

    @Test
    void aDryRunFindsEveryProblemAndConflictAndWritesNothing() {
        all.create(registry, "platform/one", claim("a"));

        ValidationReport report = registry.validate(
                        List.of(
                                document("Thing", "platform/two", claim("a")),
                                document("Thing", "platform/three", "{\"claim\":7,\"extra\":1}"),
                                document("Ghost", "platform/four", "{}"),
                                document("Thing", "reports/five", claim("e")),
                                document("Team", "platform/reports", "{}"),
                                document("Thing", "platform/six", claim("e")),
                                document("Thing", "platform/one", claim("a"))),
                        ADMIN)
                .blockOptional(PATIENCE)
                .orElseThrow();

        assertThat(report.documents().get(0).conflicts().getFirst().pointer()).isEqualTo("/0/spec/claim");
        assertThat(report.documents().get(1).problems())
                .extracting(SpecProblem::pointer)
                .containsExactly("/1/spec/claim", "/1/spec/extra");
        assertThat(report.documents().get(2).problems().getFirst().pointer()).isEqualTo("/2/kind");
        assertThat(report.documents().get(3).conflicts().getFirst().other()).hasToString("platform/six");
        assertThat(report.documents().get(4).outcome()).contains(WriteResult.Outcome.CREATED);
        assertThat(report.documents().get(5).conflicts().getFirst().other()).hasToString("reports/five");
        assertThat(report.documents().get(6).outcome()).contains(WriteResult.Outcome.UNCHANGED);
        assertThat(report.isValid()).isFalse();
        assertThat(all.query("SELECT count(*) FROM headgate.resource_version")).isEqualTo("1");
    }

    private StoredResource find(String id) {
        return registry.find(all.things, ResourceId.parse(id))
                .blockOptional(PATIENCE)
                .orElseThrow();
    }
}
