package io.headgate.pagination;

import io.headgate.api.Caller;
import io.headgate.pagination.PageQuestion.Start;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Counts how pages are asked for, and who is still answered in an old envelope. Every label is one of a bounded few. */
final class PageMeters {

    private static final String OTHERS = "other";

    private record Asked(String route, String by, PageFormat respond) {}

    private record User(String route, String tenant) {}

    private final MeterRegistry registry;
    private final int maxUsers;
    private final Map<Asked, Counter> requests = new ConcurrentHashMap<>();
    private final Map<User, Counter> legacy = new ConcurrentHashMap<>();

    PageMeters(MeterRegistry registry, int maxUsers) {
        this.registry = registry;
        this.maxUsers = maxUsers;
    }

    void count(String route, Start start, PageFormat respond, Optional<Caller> caller) {
        requests.computeIfAbsent(new Asked(route, by(start), respond), this::counter)
                .increment();
        if (respond == PageFormat.LEGACY) {
            var user = new User(route, caller.map(Caller::tenant).orElse(""));
            boolean isNew = !legacy.containsKey(user) && legacy.size() >= maxUsers;
            legacy.computeIfAbsent(isNew ? new User(route, OTHERS) : user, this::counter)
                    .increment();
        }
    }

    private static String by(Start start) {
        return switch (start) {
            case Start.Beginning() -> "first";
            case Start.AtOffset at -> "offset";
            case Start.AtPage at -> "page";
            case Start.AtCursor at -> "cursor";
        };
    }

    private Counter counter(Asked asked) {
        return registry.counter(
                "headgate.pagination.requests",
                "route",
                asked.route(),
                "by",
                asked.by(),
                "respond",
                PageFilter.word(asked.respond()));
    }

    private Counter counter(User user) {
        return registry.counter("headgate.pagination.legacy", "route", user.route(), "tenant", user.tenant());
    }
}
