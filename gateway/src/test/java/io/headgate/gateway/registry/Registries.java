package io.headgate.gateway.registry;

import io.headgate.api.AdminRole;
import io.headgate.api.ConfigKind;
import io.headgate.api.Problem;
import io.headgate.api.ProblemException;
import io.headgate.api.ResourceId;
import io.headgate.local.LocalPostgres;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.function.BooleanSupplier;
import org.springframework.util.unit.DataSize;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;
import tools.jackson.databind.JsonNode;

/** Instances of the registry over one database, as several gateways would be. */
final class Registries implements AutoCloseable {

    static final Duration PATIENCE = Duration.ofSeconds(60);
    static final Actor ADMIN = new Actor(
            "ada",
            Optional.of("acme"),
            Set.of(AdminRole.PLATFORM_ADMIN),
            Set.of(),
            Optional.of("request-1"),
            Optional.empty());

    final ThingKind things = new ThingKind();
    final TeamKind teams = new TeamKind();
    final LocalPostgres postgres;
    final String database;
    private final List<LiveRegistry> started = new ArrayList<>();
    private Duration poll = Duration.ofMinutes(5);
    private Duration timeout = PATIENCE;
    private RegistryProperties.History history =
            new RegistryProperties.History(100, Duration.ofDays(90), Duration.ofHours(1), 1_000);

    Registries(LocalPostgres postgres) {
        this.postgres = postgres;
        this.database = postgres.createDatabase();
    }

    /** How often the net is cast; so rarely by default that a test would fail if it leaned on it. */
    Registries polling(Duration interval) {
        poll = interval;
        return this;
    }

    /** How long the store may take; by default as long as a test waits, since nothing that is lost is asked for again. */
    Registries within(Duration limit) {
        timeout = limit;
        return this;
    }

    Registries keeping(RegistryProperties.History history) {
        this.history = history;
        return this;
    }

    LiveRegistry start(String name) {
        return start(name, Optional.empty(), Optional.empty(), new ClaimsView());
    }

    LiveRegistry start(String name, Optional<Path> snapshots, Optional<Path> config, ClaimsView view) {
        LiveRegistry registry = create(name, snapshots, config, view);
        registry.start();
        return registry;
    }

    LiveRegistry create(String name, Optional<Path> snapshots, Optional<Path> config, ClaimsView view) {
        LiveRegistry registry = RegistryConfiguration.assemble(
                List.<ConfigKind<?>>of(things, new DatabaseKind(), teams),
                List.of(view),
                RegistryConfiguration.connections(postgres.r2dbcUrl(database), LocalPostgres.USER, "", properties()),
                RegistryConfiguration.flyway(postgres.jdbcUrl(database), LocalPostgres.USER, "", timeout)::migrate,
                properties(),
                new RegistryProperties.Place(name, snapshots, config),
                Clock.systemUTC());
        started.add(registry);
        return registry;
    }

    RegistryProperties properties() {
        return new RegistryProperties(
                4,
                timeout,
                timeout,
                256,
                poll,
                Duration.ofMillis(50),
                Duration.ofMillis(500),
                3,
                Duration.ofMillis(100),
                Duration.ofMillis(50),
                Duration.ZERO,
                Duration.ofMillis(50),
                100,
                DataSize.ofKilobytes(64),
                DataSize.ofMegabytes(1),
                20,
                history);
    }

    WriteResult put(LiveRegistry registry, String id, String spec, Precondition precondition) {
        return registry.write(putting(id, spec, precondition))
                .blockOptional(PATIENCE)
                .orElseThrow();
    }

    WriteResult create(LiveRegistry registry, String id, String spec) {
        return put(registry, id, spec, Precondition.NONE);
    }

    WriteRequest putting(String id, String spec, Precondition precondition) {
        return new WriteRequest.Put(things, ResourceId.parse(id), document("Thing", id, spec), precondition, ADMIN);
    }

    void team(LiveRegistry registry, String name) {
        String id = "platform/" + name;
        registry.write(new WriteRequest.Put(
                        teams,
                        ResourceId.parse(id),
                        document("Team", id, "{\"paths\":[\"/api/" + name + "/**\"]}"),
                        Precondition.NONE,
                        ADMIN))
                .block(PATIENCE);
    }

    WriteResult delete(LiveRegistry registry, ConfigKind<?> kind, String id, Precondition precondition) {
        return registry.write(new WriteRequest.Delete(kind, ResourceId.parse(id), precondition, ADMIN))
                .blockOptional(PATIENCE)
                .orElseThrow();
    }

    static JsonNode document(String kind, String id, String spec) {
        ResourceId name = ResourceId.parse(id);
        String text = "{\"apiVersion\":\"headgate/v1\",\"kind\":\"" + kind + "\",\"metadata\":{\"team\":\""
                + name.team() + "\",\"name\":\"" + name.name() + "\"},\"spec\":" + spec + "}";
        return new Documents(DataSize.ofMegabytes(1), DataSize.ofMegabytes(1), 20)
                .one(text.getBytes(StandardCharsets.UTF_8), Documents.Format.JSON);
    }

    static String claim(String claim) {
        return "{\"claim\":\"" + claim + "\"}";
    }

    static void awaitRevision(LiveRegistry registry, long revision) {
        registry.applied().filter(applied -> applied >= revision).next().block(PATIENCE);
    }

    static <S extends RegistryState> S awaitState(LiveRegistry registry, Class<S> type) {
        return registry.states().ofType(type).next().blockOptional(PATIENCE).orElseThrow();
    }

    /** For what no publisher tells. */
    static void await(BooleanSupplier condition) {
        Flux.interval(Duration.ZERO, Duration.ofMillis(10))
                .onBackpressureDrop()
                .publishOn(Schedulers.boundedElastic(), 1)
                .filter(tick -> condition.getAsBoolean())
                .next()
                .block(PATIENCE);
    }

    /** The problem that an action ends in. */
    static Problem problemOf(Runnable action) {
        try {
            action.run();
        } catch (ProblemException e) {
            return e.problem();
        }
        throw new AssertionError("no problem (expected: one)");
    }

    void stop(LiveRegistry registry) {
        var stopped = new CountDownLatch(1);
        registry.stop(stopped::countDown);
        started.remove(registry);
        try {
            stopped.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    String query(String sql) {
        return postgres.query(database, sql);
    }

    @Override
    public void close() {
        List.copyOf(started).forEach(this::stop);
        if (postgres.isAlive()) {
            postgres.execute(LocalPostgres.USER, "DROP DATABASE " + database + " WITH (FORCE)");
        }
    }
}
