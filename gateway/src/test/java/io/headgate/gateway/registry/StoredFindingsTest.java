package io.headgate.gateway.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.api.Findings;
import io.headgate.api.Findings.Instance;
import io.headgate.api.Findings.Share;
import io.headgate.api.Findings.State;
import io.headgate.api.Findings.Subject;
import io.headgate.api.Findings.Told;
import io.headgate.api.ProblemType;
import io.headgate.api.ResourceId;
import io.headgate.local.SharedStack;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What instances tell one another, through the database that they share. */
class StoredFindingsTest {

    private static final Subject ROUTE = new Subject("legacy", ResourceId.parse("reports/api"));
    private static final FindingsProperties BOUNDS = new FindingsProperties(Duration.ofMinutes(5), Duration.ofDays(30));

    private final Registries registries = new Registries(SharedStack.postgres());

    @AfterEach
    void close() {
        registries.close();
    }

    private LiveRegistry registry(String name) {
        LiveRegistry registry = registries.start(name);
        Registries.awaitState(registry, RegistryState.Live.class);
        Registries.await(() -> registries
                .query("SELECT count(*) FROM headgate.instance WHERE name = '" + name + "'")
                .equals("1"));
        return registry;
    }

    private static Share share(String body) {
        return new Share(ROUTE, "1", body);
    }

    private static Told told(Findings findings) {
        return findings.about(ROUTE).blockOptional(Registries.PATIENCE).orElseThrow();
    }

    /** An instance that the machine holds up is gone for a moment. */
    private static void awaitInstances(Findings findings, Instance... expected) {
        Registries.await(() -> told(findings).instances().equals(List.of(expected)));
    }

    @Test
    void keepsTheLastWordOfEachInstanceForAll() {
        Findings one = registry("one").findings(BOUNDS);
        Findings two = registry("two").findings(BOUNDS);

        one.keep(List.of(share("{\"count\":1}"), new Share(new Subject("other", ROUTE.id()), "1", "{}")))
                .block(Registries.PATIENCE);
        one.keep(List.of(share("{\"count\":2}"))).block(Registries.PATIENCE);
        two.keep(List.of(share("{\"count\":3}"))).block(Registries.PATIENCE);

        assertThat(told(two).shares())
                .extracting(kept -> kept.instance() + kept.share().body())
                .containsExactly("one{\"count\":2}", "two{\"count\":3}");
        assertThat(told(two).own()).contains(share("{\"count\":3}"));
        awaitInstances(two, new Instance("one", State.REPORTING), new Instance("two", State.REPORTING));
    }

    @Test
    void knowsWhoLivesAndTellsNothingAndWhoToldAndIsGone() {
        LiveRegistry first = registry("one");
        first.findings(BOUNDS).keep(List.of(share("{}"))).block(Registries.PATIENCE);
        registries.stop(first);
        registry("two");
        Findings three = registry("three").findings(BOUNDS);

        awaitInstances(
                three,
                new Instance("one", State.GONE),
                new Instance("three", State.REPORTING),
                new Instance("two", State.SILENT));
        assertThat(told(three).shares()).hasSize(1);
    }

    @Test
    void takesForSilentWhoToldLongAgo() {
        registry("one").findings(BOUNDS).keep(List.of()).block(Registries.PATIENCE);
        Findings two = registry("two").findings(BOUNDS);
        awaitInstances(two, new Instance("one", State.REPORTING), new Instance("two", State.REPORTING));

        registries.postgres.execute(
                registries.database, "UPDATE headgate.teller SET told_at = now() - interval '6 minutes'");

        awaitInstances(two, new Instance("one", State.SILENT), new Instance("two", State.REPORTING));
    }

    @Test
    void letsGoOfWhatNobodyHasToldForLong() {
        registry("one").findings(BOUNDS).keep(List.of(share("{}"))).block(Registries.PATIENCE);
        Findings two = registry("two").findings(BOUNDS);
        registries.postgres.execute(
                registries.database,
                "UPDATE headgate.finding SET kept_at = now() - interval '31 days';"
                        + " UPDATE headgate.teller SET told_at = now() - interval '31 days'");

        two.keep(List.of(share("{}"))).block(Registries.PATIENCE);

        assertThat(registries.query("SELECT string_agg(instance, ',') FROM headgate.finding"))
                .isEqualTo("two");
        assertThat(registries.query("SELECT string_agg(instance, ',') FROM headgate.teller"))
                .isEqualTo("two");
    }

    @Test
    void saysWhereItsTablesAreNotThere() {
        Findings findings = registry("one").findings(BOUNDS);
        registries.postgres.execute(registries.database, "DROP TABLE headgate.finding");

        assertThat(Registries.problemOf(() -> told(findings)).type()).isEqualTo(ProblemType.REGISTRY_UNAVAILABLE);
        assertThat(Registries.problemOf(() -> findings.keep(List.of()).block(Registries.PATIENCE))
                        .type())
                .isEqualTo(ProblemType.REGISTRY_UNAVAILABLE);
    }
}
