package io.headgate.gateway.registry;

import static io.headgate.gateway.registry.Registries.PATIENCE;
import static io.headgate.gateway.registry.Registries.await;
import static io.headgate.gateway.registry.Registries.awaitRevision;
import static io.headgate.gateway.registry.Registries.awaitState;
import static io.headgate.gateway.registry.Registries.claim;
import static io.headgate.gateway.registry.Registries.problemOf;
import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.api.ProblemType;
import io.headgate.api.ResourceId;
import io.headgate.local.LocalPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RegistryOutageTest {

    private static LocalPostgres postgres;

    @TempDir
    private Path directory;

    private final ClaimsView view = new ClaimsView();
    private Registries all;

    @BeforeAll
    static void startServer() {
        postgres = LocalPostgres.startPrivate();
    }

    @AfterAll
    static void stopServer() {
        postgres.stop();
    }

    @BeforeEach
    void prepare() {
        if (!postgres.isAlive()) {
            postgres.start();
        }
        all = new Registries(postgres).polling(Duration.ofMillis(100)).within(Duration.ofSeconds(3));
    }

    @AfterEach
    void stop() {
        all.close();
    }

    private LiveRegistry start(String name) {
        return all.start(name, Optional.of(directory), Optional.empty(), view);
    }

    @Test
    void servesOnWhenTheStoreDiesRefusesChangesInBoundedTimeAndCatchesUpWhenItReturns() {
        LiveRegistry registry = start("gateway-0");
        awaitState(registry, RegistryState.Live.class);
        all.create(registry, "platform/one", claim("a"));
        awaitRevision(registry, 1);

        postgres.kill();

        awaitState(registry, RegistryState.Stale.class);
        assertThat(registry.view(view)).containsEntry("platform/one", "a");
        assertThat(problemOf(() -> all.create(registry, "platform/two", claim("b")))
                        .type())
                .isEqualTo(ProblemType.REGISTRY_UNAVAILABLE);
        assertThat(problemOf(() -> registry.find(all.things, ResourceId.parse("platform/one"))
                                .block(PATIENCE))
                        .type())
                .isEqualTo(ProblemType.REGISTRY_UNAVAILABLE);
        assertThat(registry.status().blockOptional(PATIENCE).orElseThrow().instances())
                .extracting(InstanceStatus::state)
                .containsExactly("stale");

        postgres.start();

        awaitState(registry, RegistryState.Live.class);
        all.create(registry, "platform/two", claim("b"));
        awaitRevision(registry, 2);
        assertThat(registry.view(view)).containsKey("platform/two");
    }

    @Test
    void aStoreThatHangsIsAStoreThatIsAway() throws IOException, InterruptedException {
        LiveRegistry registry = start("gateway-0");
        awaitState(registry, RegistryState.Live.class);
        signal("-STOP");
        try {
            assertThat(problemOf(() -> all.create(registry, "platform/one", claim("a")))
                            .type())
                    .isEqualTo(ProblemType.REGISTRY_UNAVAILABLE);
            awaitState(registry, RegistryState.Stale.class);
        } finally {
            signal("-CONT");
        }
        awaitState(registry, RegistryState.Live.class);
    }

    /** The server first, so that it starts no process for a connection while those that stand are being counted. */
    private static void signal(String signal) throws IOException, InterruptedException {
        ProcessHandle server = ProcessHandle.of(postgres.pid().orElseThrow()).orElseThrow();
        send(signal, Stream.of(server));
        send(signal, server.descendants());
    }

    private static void send(String signal, Stream<ProcessHandle> processes) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("kill", signal));
        processes.forEach(process -> command.add(Long.toString(process.pid())));
        assertThat(new ProcessBuilder(command).start().waitFor()).isZero();
    }

    @Test
    void startsFromTheLastGoodSnapshotWithTheStoreDownSaysSoAndCatchesUp() throws IOException {
        LiveRegistry first = start("gateway-0");
        awaitState(first, RegistryState.Live.class);
        all.create(first, "platform/one", claim("a"));
        awaitRevision(first, 1);
        all.stop(first);
        assertThat(Files.getPosixFilePermissions(directory.resolve("registry.snapshot")))
                .isEqualTo(PosixFilePermissions.fromString("rw-------"));
        postgres.kill();

        LiveRegistry second = start("gateway-0");

        awaitState(second, RegistryState.Stale.class);
        assertThat(second.revision()).isEqualTo(1);
        assertThat(second.view(view)).containsEntry("platform/one", "a");
        postgres.start();
        awaitState(second, RegistryState.Live.class);
        all.create(second, "platform/two", claim("b"));
        awaitRevision(second, 2);
    }

    @Test
    void aDamagedSnapshotCountsAsNoneAndTheInstanceIsNotReady() throws IOException {
        LiveRegistry first = start("gateway-0");
        awaitState(first, RegistryState.Live.class);
        all.create(first, "platform/one", claim("a"));
        awaitRevision(first, 1);
        all.stop(first);
        Path file = directory.resolve("registry.snapshot");
        Files.writeString(file, Files.readString(file).replace("\"revision\":1", "\"revision\":9"));
        postgres.kill();

        LiveRegistry second = start("gateway-0");

        await(() -> second.state() instanceof RegistryState.Starting starting
                && starting.reason().contains("brought up to date"));
        assertThat(second.view(view)).isEmpty();
        postgres.start();
        awaitState(second, RegistryState.Live.class);
        assertThat(second.view(view)).containsEntry("platform/one", "a");
    }

    @Test
    void withoutStoreAndSnapshotItWaitsAndIsReadyWhenTheStoreComes() {
        postgres.kill();
        LiveRegistry registry = start("gateway-0");
        await(() -> registry.state() instanceof RegistryState.Starting starting
                && starting.reason().contains("brought up to date"));

        postgres.start();

        awaitState(registry, RegistryState.Live.class);
    }
}
