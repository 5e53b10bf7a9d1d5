package io.headgate.export;

import java.util.LinkedHashMap;
import java.util.Map;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

/** Settings as they come by default, made so short that a test need not wait. */
final class JobSettings {

    private final Map<String, String> values = new LinkedHashMap<>(Map.of(
            "database.timeout", "30s",
            "worker.poll", "20ms",
            "worker.heartbeat", "50ms",
            "worker.lease", "30s",
            "worker.retry-delay", "0ms",
            "http.watch-interval", "50ms",
            "webhooks.poll", "50ms",
            "webhooks.allow-loopback", "true"));

    static JobSettings quick() {
        return new JobSettings();
    }

    JobSettings with(String name, Object value) {
        values.put(name, value.toString());
        return this;
    }

    JobsProperties read() {
        Map<String, String> named = new LinkedHashMap<>();
        values.forEach((name, value) -> named.put("headgate.exports.jobs." + name, value));
        return new Binder(new MapConfigurationPropertySource(named))
                .bindOrCreate("headgate.exports.jobs", JobsProperties.class);
    }
}
