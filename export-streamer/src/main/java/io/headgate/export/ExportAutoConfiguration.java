package io.headgate.export;

import io.headgate.api.Authorizer;
import io.headgate.api.EventIds;
import io.headgate.api.EventLog;
import io.headgate.api.HeadgateApiAutoConfiguration;
import io.headgate.filter.CostGate;
import io.headgate.filter.Datasets;
import io.headgate.filter.FilterAutoConfiguration;
import io.headgate.filter.QueryLanguage;
import io.headgate.reads.Databases;
import io.headgate.reads.ReadScopes;
import io.headgate.reads.ReadsAutoConfiguration;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.util.function.SingletonSupplier;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** Exports, for the gateway; what decides and where rows are read is asked for at the first export. */
@AutoConfiguration(
        after = {HeadgateApiAutoConfiguration.class, FilterAutoConfiguration.class, ReadsAutoConfiguration.class})
@EnableConfigurationProperties(ExportProperties.class)
public class ExportAutoConfiguration {

    @Bean
    CsvFormat csvFormat() {
        return new CsvFormat();
    }

    @Bean
    NdjsonFormat ndjsonFormat() {
        return new NdjsonFormat();
    }

    @Bean
    XlsxFormat xlsxFormat(ExportProperties settings) {
        return new XlsxFormat(settings.sheetRows());
    }

    @Bean
    PdfFormat pdfFormat(ExportProperties settings) {
        return new PdfFormat(settings.pdfRows());
    }

    @Bean
    ExportFormats exportFormats(List<ExportFormat> formats) {
        return new ExportFormats(formats);
    }

    /** Threads that only compute, so that writing and compressing never holds up a connection. */
    @Bean(destroyMethod = "dispose")
    Scheduler exportEncoders(ExportProperties settings) {
        return Schedulers.newParallel("headgate-exports", settings.encoderThreads(), true);
    }

    @Bean
    ExportSlots exportSlots(ExportProperties settings) {
        return new ExportSlots(settings.maxRunning(), settings.maxRunningPerTenant(), settings.retryAfter());
    }

    @Bean
    ExportCursor exportCursor(
            Datasets datasets,
            QueryLanguage language,
            ObjectProvider<Databases> databases,
            ReadScopes scopes,
            ExportFormats formats,
            CostGate gate,
            ExportSlots slots,
            Scheduler exportEncoders,
            ExportProperties settings) {
        SingletonSupplier<Databases> routed = SingletonSupplier.ofNullable(databases::getIfAvailable);
        Databases lazily = (id, use) -> Optional.ofNullable(routed.get()).flatMap(found -> found.find(id, use));
        return new ExportCursor(
                new ExportCursor.Tools(datasets, language, lazily, scopes, formats, gate, slots, exportEncoders),
                settings);
    }

    @Bean
    ExportLog exportLog(ObjectProvider<EventLog> events, Clock clock) {
        SingletonSupplier<EventLog> log = SingletonSupplier.ofNullable(events::getIfAvailable);
        return new ExportLog(() -> Optional.ofNullable(log.get()), new EventIds(clock), clock);
    }

    @Bean
    ExportMetrics exportMetrics(ObjectProvider<MeterRegistry> registry, ExportSlots slots) {
        return new ExportMetrics(registry.getIfAvailable(CompositeMeterRegistry::new), slots);
    }

    /** Without an authorizer nobody may export. */
    @Bean
    ExportOrders exportOrders(Datasets datasets, QueryLanguage language, ObjectProvider<Authorizer> authorizer) {
        SingletonSupplier<Authorizer> asked = SingletonSupplier.of(authorizer::getObject);
        return new ExportOrders(
                datasets,
                language,
                (exchange, action, type, id) -> asked.obtain().require(exchange, action, type, id));
    }

    @Bean
    JobOrders jobOrders(ExportOrders orders, ExportCursor cursor) {
        return new FormOrders(orders, cursor);
    }

    @Bean
    ExportStream exportStream(
            ExportOrders orders,
            ExportCursor runner,
            ExportFormats formats,
            ExportLog log,
            ExportMetrics metrics,
            Clock clock,
            ExportProperties settings) {
        return new ExportStream(orders, new Delivery.Tools(runner, formats, log, metrics, clock), (int)
                settings.maxBody().toBytes());
    }
}
