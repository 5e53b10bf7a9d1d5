package io.headgate.gateway.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.api.ConfigView;
import io.headgate.api.LiveConfig;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.micrometer.tracing.autoconfigure.MicrometerTracingAutoConfiguration;
import org.springframework.boot.micrometer.tracing.opentelemetry.autoconfigure.OpenTelemetryTracingAutoConfiguration;
import org.springframework.boot.micrometer.tracing.opentelemetry.autoconfigure.otlp.OtlpTracingAutoConfiguration;
import org.springframework.boot.opentelemetry.autoconfigure.OpenTelemetrySdkAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;

class OtlpExportTest {

    private static final String ENDPOINT = "management.opentelemetry.tracing.export.otlp.endpoint=";

    private final ApplicationContextRunner gateway = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    OpenTelemetrySdkAutoConfiguration.class,
                    OpenTelemetryTracingAutoConfiguration.class,
                    OtlpTracingAutoConfiguration.class,
                    MicrometerTracingAutoConfiguration.class))
            .withUserConfiguration(Edge.class)
            .withPropertyValues("spring.application.name=headgate");

    @Test
    void sendsSpansToTheCollectorThatIsConfigured() {
        var received = new LinkedBlockingQueue<String>();
        DisposableServer collector = HttpServer.create()
                .host("127.0.0.1")
                .port(0)
                .handle((request, response) -> request.receive()
                        .aggregate()
                        .asByteArray()
                        .doOnNext(body ->
                                received.add(request.uri() + " " + new String(body, StandardCharsets.ISO_8859_1)))
                        .then(Mono.defer(() -> response.status(200).send().then())))
                .bindNow();
        try {
            gateway.withPropertyValues(
                            ENDPOINT + "http://127.0.0.1:" + collector.port() + "/v1/traces",
                            "management.opentelemetry.tracing.export.schedule-delay=10ms")
                    .run(context -> {
                        failOnce(context.getBean(EdgeTracing.class));
                        assertThat(received.poll(60, TimeUnit.SECONDS))
                                .startsWith("/v1/traces ")
                                .contains("GET /api/reports/{id}", "reports/reports-api", "headgate");
                    });
        } finally {
            collector.disposeNow();
        }
    }

    @Test
    void exportsNothingWhereNoCollectorIsConfigured() {
        gateway.run(context -> {
            assertThat(context).doesNotHaveBean(SpanExporter.class);
            failOnce(context.getBean(EdgeTracing.class));
        });
    }

    @Test
    void neitherWaitsForACollectorThatIsAwayNorFloodsTheLog() {
        var complaints = new CountingHandler();
        Logger exporters = Logger.getLogger("io.opentelemetry"); // the library logs by java.util.logging
        exporters.addHandler(complaints);
        try {
            gateway.withPropertyValues(
                            ENDPOINT + "http://127.0.0.1:1/v1/traces",
                            "management.opentelemetry.tracing.export.otlp.timeout=200ms",
                            "management.opentelemetry.tracing.export.max-queue-size=512")
                    .run(context -> {
                        var tracing = context.getBean(EdgeTracing.class);
                        IntStream.range(0, 5_000).forEach(i -> failOnce(tracing));
                        context.getBean(BatchSpanProcessor.class).forceFlush().join(30, TimeUnit.SECONDS);
                    });
            assertThat(complaints.warnings).hasValueBetween(1, 10);
        } finally {
            exporters.removeHandler(complaints);
        }
    }

    private static final class CountingHandler extends Handler {
        private final AtomicInteger warnings = new AtomicInteger();

        @Override
        public void publish(LogRecord line) {
            if (line.getLevel().intValue() >= Level.WARNING.intValue()) {
                warnings.incrementAndGet();
            }
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }

    private static void failOnce(EdgeTracing tracing) {
        ObservedRequest.get("/api/reports/4711")
                .onRoute("reports/reports-api", "/api/reports/{id}")
                .beginningAt(tracing)
                .answeredByBackend(503)
                .endsAt(50, tracing);
    }

    @Configuration(proxyBeanMethods = false)
    @EnableConfigurationProperties(EdgeProperties.class)
    @Import(ObserveConfiguration.class)
    static class Edge {

        @Bean
        MeterRegistry meterRegistry() {
            return new SimpleMeterRegistry();
        }

        @Bean
        Clock clock() {
            return Clock.systemUTC();
        }

        @Bean
        LiveConfig liveConfig() {
            return new LiveConfig() {
                @Override
                public <V> V view(ConfigView<V> view) {
                    throw new IllegalStateException("no configuration in this test");
                }

                @Override
                public long revision() {
                    return 0;
                }

                @Override
                public boolean isServing() {
                    return false;
                }
            };
        }
    }
}
