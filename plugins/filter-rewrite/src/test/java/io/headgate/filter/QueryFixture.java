package io.headgate.filter;

import io.headgate.api.Caller;
import io.headgate.api.Event;
import io.headgate.api.EventIds;
import io.headgate.api.PathTemplate;
import io.headgate.api.ResourceId;
import io.headgate.api.RouteInfo;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.springframework.mock.http.server.reactive.MockServerHttpRequest;
import org.springframework.mock.web.server.MockServerWebExchange;
import org.springframework.util.unit.DataSize;
import org.springframework.web.server.ServerWebExchange;

/** A filter of a route over {@link Examples#SCHEMA}, and what it tells the audit and the metrics. */
final class QueryFixture {

    static final ResourceId SCHEMA = new ResourceId("reports", "reports");
    static final RouteInfo ROUTE = new RouteInfo(
            new ResourceId("reports", "api"), Optional.empty(), PathTemplate.parse("/api/reports/**"), Set.of());

    final List<Event> events = new CopyOnWriteArrayList<>();
    final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final FilterMetrics metrics = new FilterMetrics(meters);
    private Optional<FilterSchema> schema = Optional.of(Examples.SCHEMA);

    QueryFixture withoutSchema() {
        schema = Optional.empty();
        return this;
    }

    QueryFilter.Shared shared() {
        var limits = new FilterProperties(
                5,
                50,
                200,
                DataSize.ofKilobytes(16),
                4,
                DataSize.ofKilobytes(16),
                new FilterProperties.Cost(10, java.time.Duration.ofMinutes(1)),
                null);
        return new QueryFilter.Shared(
                new QueryReader(Examples.LANGUAGE, limits.budgets().size()),
                id -> schema,
                new QueryLog(
                        () -> Optional.of(events::add), new EventIds(Clock.systemUTC()), Clock.systemUTC(), metrics),
                metrics,
                limits);
    }

    FilterSection section() {
        return section(FilterDialect.JSON);
    }

    FilterSection section(FilterDialect emits) {
        return new FilterSection(
                SCHEMA,
                Set.of(FilterDialect.JSON, FilterDialect.BRACKETS),
                emits,
                List.of(PathTemplate.parse("/api/reports")),
                Set.of("include"));
    }

    QueryFilter filter(FilterDialect emits) {
        return new QueryFilter(shared(), section(emits), ROUTE);
    }

    static ServerWebExchange by(String tenant, MockServerHttpRequest request) {
        var exchange = MockServerWebExchange.from(request);
        Caller.KEY.put(exchange, caller(tenant));
        return exchange;
    }

    static Caller caller(String tenant) {
        return new Caller(tenant, "ana", Set.of(), Optional.empty(), Set.of(), Set.of(), Set.of(), "t", Instant.MAX);
    }
}
