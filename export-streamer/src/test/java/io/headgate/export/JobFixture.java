package io.headgate.export;

import io.headgate.api.DatasetSpec;
import io.headgate.api.Event;
import io.headgate.api.ResourceId;
import io.headgate.local.LocalPostgres;
import io.headgate.local.SharedStack;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.resolver.AddressResolverGroup;
import io.netty.resolver.DefaultAddressResolverGroup;
import io.r2dbc.spi.ConnectionFactories;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.ConnectionFactoryOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.springframework.util.FileSystemUtils;
import reactor.core.publisher.Mono;

/** Jobs over a database and a directory of their own, with as many workers as a test wants. */
final class JobFixture implements AutoCloseable {

    static final Duration PATIENCE = Duration.ofSeconds(60);

    /** One for all tests of this JVM, emptied before each: a database of its own for each costs more than the tests. */
    private static final String DATABASE = SharedStack.postgres().createDatabase();

    final LocalPostgres postgres = SharedStack.postgres();
    final String name;
    final Path directory;
    final JobsProperties settings;
    final JobKeys keys = new JobKeys("k1");
    final List<Event> told = new CopyOnWriteArrayList<>();
    final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    final JobStorage storage;
    final Jobs jobs;
    private final Clock clock;
    private final JobDatabase database;
    private final List<JobWorker> workers = new ArrayList<>();

    JobFixture(JobSettings settings) {
        this(settings, Clock.systemUTC());
    }

    JobFixture(JobSettings settings, Clock clock) {
        this(settings, clock, DefaultAddressResolverGroup.INSTANCE);
    }

    JobFixture(JobSettings settings, Clock clock, AddressResolverGroup<?> names) {
        this(settings, clock, names, DirectoryStorage::new);
    }

    /** @param storage given a directory, which it may leave alone */
    JobFixture(JobSettings settings, Clock clock, AddressResolverGroup<?> names, Function<Path, JobStorage> storage) {
        this.name = DATABASE;
        this.clock = clock;
        this.settings = settings.read();
        try {
            this.directory = Files.createTempDirectory("headgate-exports");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        this.storage = storage.apply(directory);
        this.database = new JobDatabase(connections(postgres.r2dbcUrl(name)), this.settings.database());
        this.jobs = jobs(names);
        await(jobs.store.list("nobody", Optional.empty(), Optional.empty(), 1)); // makes the tables
        execute("TRUNCATE headgate_export.tenant, headgate_export.outbox CASCADE");
    }

    /** The same place once more, as another process has it. */
    Jobs jobs(AddressResolverGroup<?> names) {
        return Jobs.of(
                database,
                storage,
                settings,
                new Jobs.Surroundings(keys, () -> told::add, names, new Random(7), meters, clock));
    }

    static ConnectionFactory connections(String url) {
        return ConnectionFactories.get(ConnectionFactoryOptions.parse(url)
                .mutate()
                .option(ConnectionFactoryOptions.USER, LocalPostgres.USER)
                .build());
    }

    JobWorker start(String worker, ExportRunner runner) {
        JobWorker started = jobs.worker(worker, runner, true);
        workers.add(started);
        started.start();
        return started;
    }

    static void stop(JobWorker worker) {
        var done = new CountDownLatch(1);
        worker.stop(done::countDown);
        try {
            if (!done.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                throw new AssertionError("the worker does not end");
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    static ExportOrder order(String tenant, String subject, String query) {
        return new ExportOrder(
                ResourceId.parse("reports/events"),
                tenant,
                subject,
                query,
                List.of("id", "kind"),
                DatasetSpec.Format.CSV,
                ZoneOffset.UTC,
                new ExportOrder.Csv(ExportOrder.Dialect.RFC4180, ',', "", false, ExportOrder.Eol.CRLF, true),
                false,
                List.of("token-1"));
    }

    static JobRequest request(String tenant, String query) {
        return request(order(tenant, "ana", query), OptionalLong.empty(), JobRequest.PRIORITY, Optional.empty());
    }

    static JobRequest request(ExportOrder order, OptionalLong estimate, int priority, Optional<String> notifyUrl) {
        return new JobRequest(
                order,
                estimate,
                priority,
                notifyUrl,
                Optional.empty(),
                Digests.hex(order.query()),
                new Job.Trace(Optional.of("request-1"), Optional.empty()));
    }

    Job create(String tenant, String query) {
        return create(request(tenant, query));
    }

    Job create(JobRequest request) {
        return await(jobs.store.create(request)).job();
    }

    Job find(Job job) {
        return find(job.order().tenant(), job.id());
    }

    Job find(String tenant, UUID id) {
        return await(jobs.store.find(tenant, id));
    }

    Job awaitState(Job job, JobState state) {
        Eventually.until(
                () -> job.order().query() + " is " + state.word() + ", not " + find(job),
                () -> find(job).state() == state);
        return find(job);
    }

    static <T> T await(Mono<T> mono) {
        return mono.blockOptional(PATIENCE).orElseThrow(() -> new AssertionError("nothing came"));
    }

    List<String> files() {
        try (var files = Files.find(directory, 3, (path, attributes) -> attributes.isRegularFile())) {
            return files.map(path -> path.getFileName().toString()).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    byte[] read(Job job) {
        return await(org.springframework.core.io.buffer.DataBufferUtils.join(
                        storage.read(job.location().orElseThrow(), 0, job.bytes()))
                .map(buffer -> {
                    byte[] bytes = new byte[buffer.readableByteCount()];
                    buffer.read(bytes);
                    return bytes;
                }));
    }

    /** As if their workers had been silent for as long as they may; with short leases a busy machine would end others. */
    void endLeases() {
        execute("UPDATE headgate_export.job SET lease_until = now() - interval '1 second' WHERE state = 'running'");
    }

    String sql(String statement) {
        return postgres.query(name, statement);
    }

    void execute(String statement) {
        postgres.execute(name, statement);
    }

    @Override
    public void close() {
        workers.stream().filter(JobWorker::isRunning).forEach(JobFixture::stop);
        await(database.close().thenReturn(true));
        await(storage.close().thenReturn(true));
        FileSystemUtils.deleteRecursively(directory.toFile());
    }
}
