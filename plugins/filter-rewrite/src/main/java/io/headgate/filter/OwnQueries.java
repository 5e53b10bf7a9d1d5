package io.headgate.filter;

import io.headgate.api.ProblemException;
import io.headgate.api.RouteInfo;
import io.headgate.filter.FilterMetrics.Outcome;
import io.headgate.filter.QueryLanguage.Understood;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** The queries of requests that the gateway answers by itself, read as those of routes are, and told of in the same events. */
public final class OwnQueries {

    private static final Set<FilterDialect> ACCEPTED = EnumSet.complementOf(EnumSet.of(FilterDialect.POSTGREST));

    private final QueryReader reader;
    private final QueryLog log;
    private final FilterMetrics metrics;

    OwnQueries(QueryReader reader, QueryLog log, FilterMetrics metrics) {
        this.reader = reader;
        this.log = log;
        this.metrics = metrics;
    }

    /**
     * Emits exactly once; errs with everything that is wrong, which {@link #refused} has to be told of.
     *
     * @param inBody whether the request may have its query in a body; else it must have none
     */
    public Mono<Understood> read(ServerWebExchange exchange, boolean inBody, Dataset dataset) {
        var section =
                new FilterSection(dataset.spec().filterSchema(), ACCEPTED, FilterDialect.JSON, List.of(), Set.of());
        return inBody
                ? reader.body(exchange.getRequest())
                        .map(text -> reader.fromBody(text, exchange.getRequest(), dataset.schema(), section))
                : Mono.fromSupplier(() -> reader.fromUrl(exchange.getRequest(), dataset.schema(), section));
    }

    /** A query that is answered. One that asks for nothing is counted alone. */
    public void applied(Understood query, Dataset dataset, RouteInfo service, ServerWebExchange exchange) {
        if (query.dialect().isPresent()) {
            metrics.count(Outcome.APPLIED, QueryTarget.SQL);
            log.applied(query, target(dataset, service), exchange);
        } else {
            metrics.count(Outcome.SCOPED, QueryTarget.SQL);
        }
    }

    /** A refusal; one that is not about the query is none here. */
    public void refused(ProblemException refused, Dataset dataset, RouteInfo service, ServerWebExchange exchange) {
        if (QueryReader.isAboutQuery(refused)) {
            metrics.count(Outcome.REJECTED, QueryTarget.SQL);
            log.rejected(refused.problem(), target(dataset, service), exchange);
        }
    }

    private static QueryTarget target(Dataset dataset, RouteInfo service) {
        return new QueryTarget(service.id(), dataset.spec().filterSchema(), QueryTarget.SQL, Optional.of(dataset.id()));
    }
}
