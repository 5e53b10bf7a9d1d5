package io.headgate.reads;

import java.time.Duration;
import java.util.Map;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

/** The settings as the application would bind them. */
final class TestSettings {

    static final Duration BUDGET = standard().choice().waitBudget();

    private TestSettings() {}

    static ReadsProperties standard() {
        return with(Map.of());
    }

    static ReadsProperties with(Map<String, String> settings) {
        return new Binder(new MapConfigurationPropertySource(settings))
                .bindOrCreate("headgate.reads", Bindable.of(ReadsProperties.class));
    }
}
