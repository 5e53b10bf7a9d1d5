package io.headgate.export;

import io.headgate.api.EventIds;
import io.headgate.api.EventLog;
import io.headgate.api.KeyRing;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.resolver.AddressResolverGroup;
import java.time.Clock;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Puts together what serves jobs and what runs them. Nothing here touches the database: that begins with the first use. */
final class Jobs {

    /** @param names looks up where webhooks go */
    record Surroundings(
            KeyRing keys,
            Supplier<@Nullable EventLog> events,
            AddressResolverGroup<?> names,
            RandomGenerator random,
            MeterRegistry meters,
            Clock clock) {}

    private final JobsProperties settings;
    private final Clock clock;
    private final JobStorage storage;
    final JobStore store;
    final JobQueue queue;
    final OverdueJobs overdue;
    final JobRemains remains;
    final JobEvents events;
    final Webhooks webhooks;
    private final WebhookSecrets secrets;
    private final JobMetrics metrics;
    private final SignedLinks links;
    private final NotifyUrl urls;

    private Jobs(JobDatabase database, JobStorage storage, JobsProperties settings, Surroundings around) {
        this.settings = settings;
        this.clock = around.clock();
        this.storage = storage;
        var ids = new EventIds(clock);
        var outbox = new WebhookOutbox(ids, clock);
        var addresses = new PublicAddresses(settings.webhooks());
        this.events = new JobEvents(database, around.events(), ids, clock);
        this.store = new JobStore(database, events, outbox, settings, ids, clock);
        this.queue = new JobQueue(database, events, outbox, settings, clock);
        this.overdue = new OverdueJobs(database, events, outbox, settings.worker(), clock);
        this.metrics = new JobMetrics(around.meters());
        this.remains = new JobRemains(database, settings.files(), clock);
        this.secrets = new WebhookSecrets(around.keys(), clock);
        this.links = new SignedLinks(around.keys(), clock, settings.http().linkTime());
        this.urls = new NotifyUrl(addresses, settings.webhooks().allowLoopback());
        this.webhooks = new Webhooks(
                database,
                secrets,
                new WebhookCaller(around.names(), addresses, settings.webhooks()),
                new WebhookSchedule(settings.webhooks().jitter(), around.random()),
                settings.webhooks().timeout(),
                clock);
    }

    static Jobs of(JobDatabase database, JobStorage storage, JobsProperties settings, Surroundings around) {
        return new Jobs(database, storage, settings, around);
    }

    JobWorker worker(String name, ExportRunner runner, boolean isOn) {
        var attempt = new Attempt(queue, remains, storage, runner, metrics, settings.worker(), clock);
        return new JobWorker(
                name, queue, overdue, remains, attempt, storage, events, webhooks, metrics, settings, isOn, clock);
    }

    JobEndpoints endpoints(JobOrders orders) {
        JobsProperties.Http http = settings.http();
        var views = new JobViews(links);
        return new JobEndpoints(
                orders,
                new JobBodies(urls, Math.toIntExact(http.maxBody().toBytes())),
                store,
                new JobProgress(
                        new JobWatch(store, http.watchInterval()),
                        views,
                        new Places("streams of progress", http.maxStreams(), http.maxStreamsPerTenant()),
                        http.streamTime()),
                new JobFiles(
                        store,
                        storage,
                        events,
                        links,
                        new Places("downloads", http.maxDownloads(), http.maxDownloads()),
                        http.downloadTime()),
                views,
                webhooks,
                secrets,
                settings.overseers());
    }
}
