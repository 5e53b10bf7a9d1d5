package io.headgate.gateway.registry;

import static io.headgate.gateway.registry.Registries.PATIENCE;
import static io.headgate.gateway.registry.Registries.await;
import static io.headgate.gateway.registry.Registries.awaitRevision;
import static io.headgate.gateway.registry.Registries.awaitState;
import static io.headgate.gateway.registry.Registries.claim;
import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.local.LocalPostgres;
import io.headgate.local.SharedStack;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RegistryHistoryTest {

    /** A batch of one, so that a look takes several. */
    private static final RegistryProperties.History TWO_OR_A_DAY =
            new RegistryProperties.History(2, Duration.ofDays(1), Duration.ofMillis(50), 1);

    private static final RegistryProperties.History NEVER_BY_ITSELF =
            new RegistryProperties.History(2, Duration.ofDays(1), Duration.ofDays(1), 100);

    private final Registries all = new Registries(SharedStack.postgres());
    private Store store;

    @BeforeEach
    void open() {
        store = new Store(
                RegistryConfiguration.connections(
                        all.postgres.r2dbcUrl(all.database), LocalPostgres.USER, "", all.properties()),
                all.properties());
    }

    @AfterEach
    void stop() {
        store.close().block(PATIENCE);
        all.close();
    }

    @Test
    void keepsTheNewestVersionsOfEachResourceAndAllThatAreYoung() {
        LiveRegistry registry = all.keeping(TWO_OR_A_DAY).start("gateway-0");
        writeVersions(registry, "platform/busy", 6);
        writeVersions(registry, "platform/calm", 1);
        age("version <= 3 OR name = 'calm'");

        await(() -> versions("busy").equals("4 5 6"));
        age("true");
        await(() -> versions("busy").equals("5 6"));
        assertThat(versions("calm")).isEqualTo("1");
    }

    @Test
    void whoWasAwayForLongStillLearnsOfEveryChangeAndNumbersCountOn() {
        LiveRegistry registry = all.keeping(NEVER_BY_ITSELF).start("gateway-0");
        writeVersions(registry, "platform/busy", 4);
        writeVersions(registry, "platform/gone", 3);
        all.delete(registry, all.things, "platform/gone", new Precondition.Exists());
        age("true");

        assertThat(store.prune(NEVER_BY_ITSELF).block(PATIENCE)).isEqualTo(4);

        UUID known = UUID.fromString(all.query("SELECT store_id FROM headgate.registry"));
        Changes missed = store.changes(known, 1).blockOptional(PATIENCE).orElseThrow();
        assertThat(missed.rows())
                .extracting(row -> row.id() + " " + row.version() + " " + row.isDeletion())
                .containsExactly("platform/busy 4 false", "platform/gone 4 true");
        assertThat(all.create(registry, "platform/gone", claim("back"))
                        .resource()
                        .version())
                .isEqualTo(5);
    }

    @Test
    void oneInstanceAtATimeLetsThemGo() throws Exception {
        LiveRegistry registry = all.keeping(NEVER_BY_ITSELF).start("gateway-0");
        writeVersions(registry, "platform/busy", 5);
        age("true");
        try (var other = all.postgres.connect(all.database);
                var statement = other.createStatement()) {
            statement.execute("SELECT pg_advisory_lock(" + Store.PRUNE_LOCK + ")");

            assertThat(store.prune(NEVER_BY_ITSELF).block(PATIENCE)).isZero();
        }
        await(() -> store.prune(NEVER_BY_ITSELF).blockOptional(PATIENCE).orElse(0L) == 3);
        assertThat(versions("busy")).isEqualTo("4 5");
    }

    private void writeVersions(LiveRegistry registry, String id, int count) {
        awaitState(registry, RegistryState.Live.class);
        String name = id.substring(id.indexOf('/') + 1);
        WriteResult last = all.create(registry, id, claim(name + "-1"));
        for (int version = 2; version <= count; version++) {
            last = all.put(registry, id, claim(name + "-" + version), new Precondition.Exists());
        }
        awaitRevision(registry, last.resource().revision());
    }

    private void age(String which) {
        all.postgres.execute(
                all.database,
                "UPDATE headgate.resource_version SET changed_at = now() - interval '2 days' WHERE " + which);
    }

    private String versions(String name) {
        return all.query("SELECT string_agg(version::text, ' ' ORDER BY version) FROM headgate.resource_version"
                + " WHERE name = '" + name + "'");
    }
}
