package io.headgate.gateway.datasets;

import io.headgate.api.Authorizer;
import io.headgate.api.Caller;
import io.headgate.api.Decision.Granted;
import io.headgate.api.EdgeService;
import io.headgate.api.EventLoops;
import io.headgate.api.InternalHeaders;
import io.headgate.api.PathTemplate;
import io.headgate.api.Problem;
import io.headgate.api.ProblemException;
import io.headgate.api.ProblemType;
import io.headgate.api.ResourceId;
import io.headgate.api.RouteInfo;
import io.headgate.filter.Dataset;
import io.headgate.filter.Datasets;
import io.headgate.filter.OwnQueries;
import io.headgate.filter.QueryLanguage.Understood;
import io.headgate.pagination.KeysetPages;
import io.headgate.pagination.KeysetPages.Frame;
import io.headgate.reads.CarriedTokens;
import io.headgate.reads.Consistency;
import io.headgate.reads.ReadScope;
import io.headgate.reads.ReadScopes;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** Serves the rows of datasets. */
final class DatasetService implements EdgeService {

    private static final RouteInfo ROUTE = new RouteInfo(
            new ResourceId(ResourceId.PLATFORM, "datasets"),
            Optional.empty(),
            PathTemplate.parse(DatasetRequest.ROOT + "/**"),
            Set.of(HttpMethod.GET, HttpMethod.POST, DatasetRequest.QUERY));

    /** What it serves with. */
    record Parts(Authorizer authorizer, Datasets datasets, OwnQueries queries, KeysetPages pages, ReadScopes scopes) {}

    private final Parts parts;
    private final DatasetPages rows;
    private final int maxLimit;

    DatasetService(Parts parts, DatasetPages rows, int maxLimit) {
        this.parts = parts;
        this.rows = rows;
        this.maxLimit = maxLimit;
    }

    @Override
    public RouteInfo route() {
        return ROUTE;
    }

    /** A page, and what was seen for it. */
    private record Answer(byte[] body, Optional<String> links, ReadScope scope) {}

    @Override
    public Mono<Void> serve(ServerWebExchange exchange) {
        DatasetRequest asked = DatasetRequest.of(exchange.getRequest());
        return parts.authorizer()
                .require(exchange, "read", "Dataset", asked.dataset())
                .flatMap(permit -> answer(permit, asked, exchange))
                .publishOn(EventLoops.of(exchange.getRequest()))
                .flatMap(answer -> written(answer, exchange));
    }

    /** @param permit without which nobody comes here; only with it does anyone learn which datasets there are */
    private Mono<Answer> answer(Granted permit, DatasetRequest asked, ServerWebExchange exchange) {
        Dataset dataset = parts.datasets()
                .find(asked.dataset())
                .orElseThrow(() -> Problem.of(
                                ProblemType.NOT_FOUND, "There is no dataset " + asked.dataset() + " that can be read.")
                        .asException());
        return parts.queries()
                .read(exchange, asked.inBody(), dataset)
                .flatMap(query -> page(query, dataset, exchange))
                .doOnError(
                        ProblemException.class, refused -> parts.queries().refused(refused, dataset, ROUTE, exchange));
    }

    private Mono<Answer> page(Understood query, Dataset dataset, ServerWebExchange exchange) {
        String tenant = Caller.KEY.get(exchange).tenant();
        KeysetPages.Page page =
                parts.pages().read(exchange, query.page(), "datasets/" + dataset.id(), query.digest(), maxLimit);
        ReadScope scope = scope(tenant, exchange.getRequest());
        return rows.read(dataset, tenant, query, page, scope)
                .map(found -> {
                    Frame frame = page.around(found.places(), found.hasMore());
                    return new Answer(found.between(frame.head(), frame.tail()), frame.links(), scope);
                })
                .doOnNext(answer -> parts.queries().applied(query, dataset, ROUTE, exchange));
    }

    /** Reads are of the session, unless a request wants them stronger. */
    private ReadScope scope(String tenant, ServerHttpRequest request) {
        HttpHeaders headers = request.getHeaders();
        var tokens = CarriedTokens.brought(request);
        return "strong".equals(headers.getFirst(InternalHeaders.CONSISTENCY_LEVEL))
                ? parts.scopes().open(tenant, tokens, Consistency.STRONG, Duration.ZERO)
                : parts.scopes().open(tenant, tokens);
    }

    private Mono<Void> written(Answer answer, ServerWebExchange exchange) {
        ServerHttpResponse response = exchange.getResponse();
        HttpHeaders headers = response.getHeaders();
        headers.setContentType(MediaType.APPLICATION_JSON);
        headers.setContentLength(answer.body().length);
        headers.setCacheControl("no-store");
        answer.links().ifPresent(links -> headers.set(HttpHeaders.LINK, links));
        answer.scope()
                .outcome()
                .ifPresent(outcome -> headers.set(InternalHeaders.CONSISTENCY_OUTCOME, outcome.headerValue()));
        parts.scopes()
                .token(Caller.KEY.get(exchange).tenant(), answer.scope())
                .ifPresent(token -> CarriedTokens.handOut(token, exchange));
        return exchange.getRequest().getMethod() == HttpMethod.HEAD
                ? response.setComplete()
                : response.writeWith(
                        Mono.fromSupplier(() -> response.bufferFactory().wrap(answer.body())));
    }
}
