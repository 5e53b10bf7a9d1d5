package io.headgate.gateway.registry;

import static io.headgate.gateway.registry.Registries.PATIENCE;
import static io.headgate.gateway.registry.Registries.await;
import static io.headgate.gateway.registry.Registries.awaitRevision;
import static io.headgate.gateway.registry.Registries.awaitState;
import static io.headgate.gateway.registry.Registries.claim;
import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.api.ResourceId;
import io.headgate.local.SharedStack;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RegistryFollowTest {

    private final Registries all = new Registries(SharedStack.postgres());
    private final ClaimsView view = new ClaimsView();

    @AfterEach
    void stop() {
        all.close();
    }

    private LiveRegistry start(String name, ClaimsView seen) {
        LiveRegistry registry = all.start(name, Optional.empty(), Optional.empty(), seen);
        awaitState(registry, RegistryState.Live.class);
        return registry;
    }

    @Test
    void aChangeIsAnnouncedToEveryInstance() {
        var views = List.of(new ClaimsView(), new ClaimsView(), new ClaimsView());
        var instances = List.of(
                start("gateway-0", views.get(0)), start("gateway-1", views.get(1)), start("gateway-2", views.get(2)));
        await(() -> all.query("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = '"
                        + all.database + "'")
                .equals("3"));

        all.create(instances.getFirst(), "platform/one", claim("a"));

        for (int i = 0; i < instances.size(); i++) {
            awaitRevision(instances.get(i), 1);
            assertThat(instances.get(i).view(views.get(i))).containsEntry("platform/one", "a");
        }
    }

    @Test
    void whoWasNotListeningLearnsOfItWhenItListensAgain() {
        LiveRegistry writer = start("gateway-0", new ClaimsView());
        LiveRegistry follower = start("gateway-1", view);
        await(() -> listeners() == 2);

        all.query("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                + " WHERE query LIKE 'LISTEN%' AND datname = '" + all.database + "'");
        all.create(writer, "platform/one", claim("a"));

        awaitRevision(follower, 1);
        await(() -> listeners() == 2);
        all.create(writer, "platform/two", claim("b"));
        awaitRevision(follower, 2);
        assertThat(follower.view(view)).containsOnlyKeys("platform/one", "platform/two");
    }

    private int listeners() {
        return Integer.parseInt(all.query("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"
                + " AND datname = '" + all.database + "'"));
    }

    @Test
    void thePollFindsWhatWasNeverAnnounced() {
        all.polling(Duration.ofMillis(50));
        LiveRegistry registry = start("gateway-0", view);

        all.postgres.execute(
                all.database,
                "WITH v AS (INSERT INTO headgate.resource_version VALUES"
                        + " (1, 'Thing', 'platform', 'one', 1, 'API', '{\"claim\":\"a\"}', now(), 'x'))"
                        + " UPDATE headgate.registry SET revision = 1");

        awaitRevision(registry, 1);
        assertThat(registry.view(view)).containsEntry("platform/one", "a");
    }

    @Test
    void aBurstOfChangesIsDerivedOnceForTheNewest() {
        LiveRegistry writer = start("gateway-0", new ClaimsView());
        LiveRegistry follower = start("gateway-1", view);
        view.gate = new CountDownLatch(1);
        int before = view.derived.get();

        for (int i = 0; i < 50; i++) {
            all.create(writer, "platform/t" + i, claim("c" + i));
        }
        view.gate.countDown();

        awaitRevision(follower, 50);
        assertThat(follower.view(view)).hasSize(50);
        assertThat(view.derived.get() - before).isLessThanOrEqualTo(4);
    }

    @Test
    void aResourceThatNoLongerReadsIsLeftOutAloneAndNamed() {
        LiveRegistry writer = start("gateway-0", new ClaimsView());
        all.create(writer, "platform/good", claim("good"));
        all.create(writer, "platform/bad", claim("bad"));
        all.postgres.execute(
                all.database,
                "WITH v AS (INSERT INTO headgate.resource VALUES"
                        + " ('Gone', 'platform', 'x', 1, 3, 'API', '{}', now(), 'x')) UPDATE headgate.registry SET revision = 3");
        all.things.readable = claim -> !claim.equals("bad");

        LiveRegistry registry = start("gateway-1", view);

        assertThat(registry.view(view)).containsOnlyKeys("platform/good");
        InstanceStatus own = registry.status()
                .blockOptional(PATIENCE)
                .orElseThrow()
                .instances()
                .getFirst();
        assertThat(own.broken())
                .extracting(broken -> broken.kind() + " " + broken.id())
                .containsExactly("Gone platform/x", "Thing platform/bad");
        assertThat(own.broken().get(1).reason()).contains("/spec/claim");
        assertThat(registry.newest().unreadable(all.things.specType()))
                .extracting(ResourceId::toString)
                .containsExactly("platform/bad");
    }

    @Test
    void aBrokenResourceIsMendedByAnUpdate() {
        LiveRegistry writer = start("gateway-0", new ClaimsView());
        all.create(writer, "platform/bad", claim("bad"));
        all.things.readable = claim -> !claim.equals("bad");
        LiveRegistry registry = start("gateway-1", view);

        all.put(registry, "platform/bad", claim("good"), new Precondition.VersionIs(1));

        awaitRevision(registry, 2);
        assertThat(registry.view(view)).containsEntry("platform/bad", "good");
        assertThat(registry.newest().broken()).isEmpty();
    }

    @Test
    void anOlderRevisionNeverWins() {
        LiveRegistry registry = start("gateway-0", view);
        all.create(registry, "platform/one", claim("a"));
        all.create(registry, "platform/two", claim("b"));
        awaitRevision(registry, 2);

        all.postgres.execute(
                all.database,
                "WITH d AS (DELETE FROM headgate.resource WHERE name = 'two'),"
                        + " v AS (DELETE FROM headgate.resource_version WHERE name = 'two'),"
                        + " g AS (UPDATE headgate.registry SET revision = 1) SELECT pg_notify('headgate_registry', '99')");

        RegistryState.Stale stale = awaitState(registry, RegistryState.Stale.class);
        assertThat(stale.reason()).contains("revision 1").contains("set back");
        assertThat(registry.revision()).isEqualTo(2);
        assertThat(registry.view(view)).containsKey("platform/two");
    }

    @Test
    void anotherStoreInTheSamePlaceIsLoadedAnew() {
        all.polling(Duration.ofMillis(50));
        LiveRegistry registry = start("gateway-0", view);
        all.create(registry, "platform/one", claim("a"));
        all.create(registry, "platform/two", claim("b"));
        awaitRevision(registry, 2);

        all.postgres.execute(
                all.database,
                "WITH d AS (DELETE FROM headgate.resource WHERE name = 'two'),"
                        + " v AS (DELETE FROM headgate.resource_version WHERE name = 'two')"
                        + " UPDATE headgate.registry SET revision = 1, store_id = gen_random_uuid()");

        registry.applied().filter(revision -> revision == 1).next().block(PATIENCE);
        assertThat(registry.view(view)).containsOnlyKeys("platform/one");
    }

    @Test
    void statusShowsEachInstanceThatLivesWithItsRevision() {
        LiveRegistry first = start("gateway-0", new ClaimsView());
        LiveRegistry second = start("gateway-1", view);
        all.postgres.execute(
                all.database,
                "INSERT INTO headgate.instance VALUES"
                        + " ('dead', 1, now(), now() - interval '1 hour', 'live', '[]', '[]')");
        all.create(first, "platform/one", claim("a"));

        await(() -> revisions(first).equals("gateway-0=1 gateway-1=1"));
        await(() -> all.query("SELECT count(*) FROM headgate.instance WHERE name = 'dead'")
                .equals("0"));
        all.stop(second);
        assertThat(revisions(first)).isEqualTo("gateway-0=1");
    }

    private static String revisions(LiveRegistry registry) {
        return registry.status().blockOptional(PATIENCE).orElseThrow().instances().stream()
                .map(instance -> instance.instance() + "=" + instance.revision())
                .collect(java.util.stream.Collectors.joining(" "));
    }

    @Test
    void aViewThatFailsKeepsItsEarlierValueAndHoldsUpNoOther() {
        LiveRegistry registry = start("gateway-0", view);
        all.create(registry, "platform/one", claim("a"));
        awaitRevision(registry, 1);
        view.fails = true;

        all.create(registry, "platform/two", claim("b"));

        awaitRevision(registry, 2);
        assertThat(registry.view(view)).containsOnlyKeys("platform/one");
        assertThat(registry.find(all.things, ResourceId.parse("platform/two")).block(PATIENCE))
                .isNotNull();
    }
}
