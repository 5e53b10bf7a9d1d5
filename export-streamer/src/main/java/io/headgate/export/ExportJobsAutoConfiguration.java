package io.headgate.export;

import io.headgate.api.BadSettingException;
import io.headgate.api.EdgeService;
import io.headgate.api.EventLog;
import io.headgate.api.HeadgateApiAutoConfiguration;
import io.headgate.api.KeyRing;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.r2dbc.spi.ConnectionFactory;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.util.function.SingletonSupplier;
import reactor.netty.http.HttpResources;

/**
 * Exports that run beside the request, where a storage for their files is named. They are served at the edge in the role
 * {@code edge}, and run in the role {@code export-worker}; without {@code headgate.roles} a process has both.
 */
@AutoConfiguration(
        after = HeadgateApiAutoConfiguration.class,
        afterName = "org.springframework.boot.r2dbc.autoconfigure.R2dbcAutoConfiguration")
@ConditionalOnProperty("headgate.exports.jobs.storage")
@EnableConfigurationProperties(JobsProperties.class)
public class ExportJobsAutoConfiguration {

    private static final String STORAGE = "headgate.exports.jobs.storage";

    @Bean(destroyMethod = "close")
    JobDatabase jobDatabase(ObjectProvider<ConnectionFactory> connections, JobsProperties settings) {
        ConnectionFactory factory = connections.getIfUnique();
        if (factory == null) {
            throw new BadSettingException(STORAGE, "set without one ConnectionFactory (expected: where jobs are kept)");
        }
        return new JobDatabase(factory, settings.database());
    }

    @Bean(destroyMethod = "close")
    JobStorage jobStorage(JobsProperties settings, Clock clock) {
        String storage = settings.storage();
        return storage.startsWith("s3:")
                ? S3Storage.open(storage, settings, clock)
                : new DirectoryStorage(directory(storage));
    }

    private static Path directory(String storage) {
        try {
            URI place = new URI(storage);
            if ("file".equals(place.getScheme()) && place.getPath() != null) {
                return Path.of(place.getPath());
            }
        } catch (URISyntaxException e) {
            throw notAStorage(storage);
        }
        throw notAStorage(storage);
    }

    private static BadSettingException notAStorage(String storage) {
        return new BadSettingException(
                STORAGE, "'" + storage + "' (expected: file:///directory or s3://bucket/prefix)");
    }

    /** All that jobs are made of, of which the application needs to know this one. */
    @Bean
    Jobs jobs(
            JobDatabase database,
            JobStorage storage,
            JobsProperties settings,
            ObjectProvider<KeyRing> keys,
            ObjectProvider<EventLog> events,
            ObjectProvider<MeterRegistry> meters,
            Clock clock) {
        KeyRing ring = keys.getIfAvailable();
        if (ring == null) {
            throw new BadSettingException(
                    "headgate.keys-dir", "not set (expected: where the keys of purpose signed-url and webhook are)");
        }
        return Jobs.of(
                database,
                storage,
                settings,
                new Jobs.Surroundings(
                        ring,
                        SingletonSupplier.ofNullable(events::getIfAvailable),
                        WebhookCaller.names(
                                HttpResources.get(), settings.webhooks().timeout()),
                        RandomGenerator.getDefault(),
                        meters.getIfAvailable(CompositeMeterRegistry::new),
                        clock));
    }

    @Bean
    JobWorker jobWorker(
            Jobs jobs,
            ExportRunner runner,
            @Value("${headgate.instance:}") String instance,
            @Value("${headgate.roles:edge,export-worker}") String[] roles) {
        String name = instance.isBlank() ? "worker-" + UUID.randomUUID() : instance;
        return jobs.worker(name, runner, List.of(roles).contains(JobWorker.ROLE));
    }

    @Bean
    JobEndpoints jobEndpoints(Jobs jobs, JobOrders orders) {
        return jobs.endpoints(orders);
    }

    @Bean
    EdgeService exportCreate(JobEndpoints jobs) {
        return jobs.creating();
    }

    @Bean
    EdgeService exportList(JobEndpoints jobs) {
        return jobs.listing();
    }

    @Bean
    EdgeService exportRead(JobEndpoints jobs) {
        return jobs.reading();
    }

    @Bean
    EdgeService exportEnd(JobEndpoints jobs) {
        return jobs.ending();
    }

    @Bean
    EdgeService exportEvents(JobEndpoints jobs) {
        return jobs.watching();
    }

    @Bean
    EdgeService exportFile(JobEndpoints jobs) {
        return jobs.handingOut();
    }

    @Bean
    EdgeService exportDeliveries(JobEndpoints jobs) {
        return jobs.deliveries();
    }

    @Bean
    EdgeService exportWebhookSecrets(JobEndpoints jobs) {
        return jobs.webhookSecrets();
    }
}
