package io.headgate.filter;

import io.headgate.api.Caller;
import io.headgate.api.Filter;
import io.headgate.api.Operator;
import io.headgate.api.Problem;
import io.headgate.api.ProblemException;
import io.headgate.api.ProblemType;
import io.headgate.api.Query;
import io.headgate.api.QueryForm;
import io.headgate.api.RouteInfo;
import io.headgate.api.Value;
import io.headgate.filter.FilterMetrics.Outcome;
import io.headgate.filter.QueryLanguage.Understood;
import java.time.Duration;
import java.util.Optional;
import org.springframework.cloud.gateway.filter.GatewayFilter;
import org.springframework.cloud.gateway.filter.GatewayFilterChain;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** Passes a query on as the gateway itself understood it, limited to the caller's tenant, or refuses it. */
final class QueryFilter implements GatewayFilter {

    /** What all routes share. */
    record Shared(
            QueryReader reader, FilterSchemas schemas, QueryLog log, FilterMetrics metrics, FilterProperties limits) {}

    private static final Problem NO_SCHEMA = Problem.tryLater(
            ProblemType.NOT_READY, "What may be asked here is not known at the moment.", Duration.ofSeconds(1));

    private final Shared shared;
    private final FilterSection section;
    private final QueryTarget target;

    QueryFilter(Shared shared, FilterSection section, RouteInfo route) {
        this.shared = shared;
        this.section = section;
        this.target =
                new QueryTarget(route.id(), section.schema(), section.emits().word(), Optional.empty());
    }

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, GatewayFilterChain chain) {
        return switch (RequestKind.of(exchange.getRequest(), section.collections())) {
            case NONE -> then(this::withoutQuery, exchange, chain);
            case URL -> then(this::fromUrl, exchange, chain);
            case BODY -> body(exchange).flatMap(text -> then(given -> fromBody(text, given), exchange, chain));
        };
    }

    private interface Step {
        ServerWebExchange apply(ServerWebExchange exchange);
    }

    private Mono<Void> then(Step step, ServerWebExchange exchange, GatewayFilterChain chain) {
        ServerWebExchange written;
        try {
            written = step.apply(exchange);
        } catch (ProblemException refused) {
            return refuse(refused, exchange);
        }
        return chain.filter(written);
    }

    private Mono<String> body(ServerWebExchange exchange) {
        return shared.reader()
                .body(exchange.getRequest())
                .onErrorResume(
                        ProblemException.class,
                        refused -> QueryReader.isAboutQuery(refused) ? refuse(refused, exchange) : Mono.error(refused));
    }

    private <T> Mono<T> refuse(ProblemException refused, ServerWebExchange exchange) {
        Outcome outcome =
                refused.problem().type() == ProblemType.UNSUPPORTED_QUERY ? Outcome.UNSUPPORTED : Outcome.REJECTED;
        shared.metrics().count(outcome, target.emits());
        shared.log().rejected(refused.problem(), target, exchange);
        return Mono.error(refused);
    }

    /** Where no query is answered none may pass: it would reach the backend as the client wrote it. */
    private ServerWebExchange withoutQuery(ServerWebExchange exchange) {
        for (Parameter parameter : UrlQuery.read(exchange.getRequest().getURI().getRawQuery())) {
            if (section.emits().means(parameter.name())) {
                throw QueryReader.invalid(
                        "/" + Pointers.escaped(parameter.name()),
                        "a filter or an order (expected: none at this path with this method)");
            }
        }
        return exchange;
    }

    private ServerWebExchange fromUrl(ServerWebExchange exchange) {
        long start = System.nanoTime();
        FilterSchema schema = schema();
        return passOn(shared.reader().fromUrl(exchange.getRequest(), schema, section), schema, exchange, start);
    }

    private ServerWebExchange fromBody(String text, ServerWebExchange exchange) {
        long start = System.nanoTime();
        FilterSchema schema = schema();
        return passOn(shared.reader().fromBody(text, exchange.getRequest(), schema, section), schema, exchange, start);
    }

    private ServerWebExchange passOn(Understood asked, FilterSchema schema, ServerWebExchange exchange, long start) {
        String tenant = Caller.KEY
                .find(exchange)
                .map(Caller::tenant)
                .orElseThrow(() -> new Problem.Unauthenticated("").asException());
        var scope = new Filter.Condition(schema.tenantField(), Operator.EQ, new Value.Text(tenant));
        var query = new Query(scope, asked.filter(), asked.sort(), asked.page(), asked.digest());
        var form = new BackendForm(
                section.emits(), schema, shared.limits().maxQueryString().toBytes());
        ServerWebExchange written = form.write(query, exchange);
        Query.KEY.put(exchange, query);
        QueryForm.KEY.put(exchange, form);
        shared.metrics().took(System.nanoTime() - start);
        if (asked.dialect().isPresent()) {
            shared.metrics().count(Outcome.APPLIED, target.emits());
            shared.log().applied(asked, target, exchange);
        } else {
            shared.metrics().count(Outcome.SCOPED, target.emits());
        }
        return written;
    }

    private FilterSchema schema() {
        return shared.schemas().find(section.schema()).orElseThrow(NO_SCHEMA::asException);
    }
}
