package io.headgate.filter;

import io.headgate.api.Caller;
import io.headgate.api.Event;
import io.headgate.api.EventIds;
import io.headgate.api.EventLog;
import io.headgate.api.Filter;
import io.headgate.api.Problem;
import io.headgate.api.RequestId;
import io.headgate.api.SortKey;
import io.headgate.api.SpecProblem;
import io.headgate.api.TraceId;
import io.headgate.filter.QueryLanguage.Understood;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.springframework.web.server.ServerWebExchange;

/** Tells what was asked and what was refused: fields, shapes and places, and no value. A query never waits for it. */
final class QueryLog {

    private static final int MAX_POINTERS = 20;

    private final Supplier<Optional<EventLog>> events;
    private final EventIds ids;
    private final Clock clock;
    private final FilterMetrics metrics;

    /** @param events asked for at the first query: what keeps events may itself be configured by the registry */
    QueryLog(Supplier<Optional<EventLog>> events, EventIds ids, Clock clock, FilterMetrics metrics) {
        this.events = events;
        this.ids = ids;
        this.clock = clock;
        this.metrics = metrics;
    }

    void applied(Understood query, QueryTarget target, ServerWebExchange exchange) {
        Map<String, Object> data = data(target);
        query.dialect().ifPresent(dialect -> data.put("dialect", dialect.word()));
        data.put("shape", query.shape());
        data.put("fields", List.copyOf(fields(query.filter(), new TreeSet<>())));
        data.put("sort", query.sort().stream().map(SortKey::text).toList());
        append("filter.applied", data, exchange);
    }

    void rejected(Problem problem, QueryTarget target, ServerWebExchange exchange) {
        Map<String, Object> data = data(target);
        data.put("reason", problem.type().slug());
        if (problem instanceof Problem.InvalidQuery(List<SpecProblem> problems)) {
            List<String> pointers = problems.stream()
                    .map(SpecProblem::pointer)
                    .map(Pointers::anonymous)
                    .distinct()
                    .limit(MAX_POINTERS)
                    .toList();
            data.put("pointer", pointers.getFirst());
            data.put("pointers", pointers);
        }
        append("filter.rejected", data, exchange);
    }

    private static Map<String, Object> data(QueryTarget target) {
        Map<String, Object> data = new LinkedHashMap<>();
        data.put("route", target.route().toString());
        target.dataset().ifPresent(dataset -> data.put("dataset", dataset.toString()));
        data.put("schema", target.schema().toString());
        data.put("emits", target.emits());
        return data;
    }

    private static Set<String> fields(Filter filter, Set<String> found) {
        switch (filter) {
            case Filter.All(List<Filter> members) -> members.forEach(member -> fields(member, found));
            case Filter.Any(List<Filter> members) -> members.forEach(member -> fields(member, found));
            case Filter.Not(Filter negated) -> fields(negated, found);
            case Filter.Condition condition -> found.add(condition.field());
        }
        return found;
    }

    private void append(String type, Map<String, Object> data, ServerWebExchange exchange) {
        Optional<EventLog> log = events.get();
        if (log.isEmpty()) {
            return;
        }
        Optional<Caller> caller = Caller.KEY.find(exchange);
        try {
            log.get()
                    .append(new Event(
                            ids.next(),
                            type,
                            clock.instant(),
                            caller.map(Caller::tenant),
                            caller.map(Caller::subject),
                            RequestId.KEY.find(exchange).map(RequestId::value),
                            TraceId.KEY.find(exchange).map(TraceId::value),
                            data));
        } catch (RuntimeException e) {
            metrics.unrecorded();
        }
    }
}
