package io.headgate.gateway.edge;

import io.headgate.api.EdgeOrder;
import io.headgate.api.LiveConfig;
import io.headgate.api.Problem;
import io.headgate.api.ProblemHandler;
import io.headgate.api.ProblemType;
import io.headgate.api.RouteInfo;
import io.headgate.gateway.edge.EdgeRecord.Outcome;
import io.headgate.gateway.upstream.OutboundHeaders;
import io.headgate.gateway.upstream.UpstreamRecord;
import io.netty.channel.ChannelException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.codec.ServerCodecConfigurer;
import org.springframework.http.server.reactive.HttpHandler;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.adapter.DefaultServerWebExchange;
import org.springframework.web.server.i18n.AcceptHeaderLocaleContextResolver;
import org.springframework.web.server.session.WebSessionManager;
import reactor.core.publisher.Mono;
import reactor.core.publisher.SignalType;

/** Where every request enters: it is cleaned, its route is found, and the route's chain does the rest. */
final class EdgeHandler implements HttpHandler {

    private static final Logger log = LoggerFactory.getLogger(EdgeHandler.class);
    private static final Problem NOT_READY =
            Problem.tryLater(ProblemType.NOT_READY, "This instance has no configuration yet.", Duration.ofSeconds(1));
    private static final Problem TOO_SLOW =
            Problem.of(ProblemType.REQUEST_TIMEOUT, "The body of the request did not come in time.");
    private static final WebSessionManager NO_SESSIONS = exchange -> Mono.empty();

    private final Hygiene hygiene;
    private final LiveConfig config;
    private final RouteTable routeTable;
    private final BuiltIns builtIns;
    private final EdgeServices services;
    private final ProblemHandler problems;
    private final List<EdgeObserver> observers;
    private final ServerCodecConfigurer codecs = ServerCodecConfigurer.create();
    private final AcceptHeaderLocaleContextResolver locales = new AcceptHeaderLocaleContextResolver();

    EdgeHandler(
            Hygiene hygiene,
            LiveConfig config,
            RouteTable routeTable,
            BuiltIns builtIns,
            EdgeServices services,
            ProblemHandler problems,
            List<EdgeObserver> observers) {
        this.hygiene = hygiene;
        this.config = config;
        this.routeTable = routeTable;
        this.builtIns = builtIns;
        this.services = services;
        this.problems = problems;
        this.observers = List.copyOf(observers);
    }

    @Override
    public Mono<Void> handle(ServerHttpRequest request, ServerHttpResponse response) {
        var record = new EdgeRecord(System.nanoTime());
        var exchange = new DefaultServerWebExchange(request, response, NO_SESSIONS, codecs, locales);
        EdgeRecord.KEY.put(exchange, record);
        UpstreamRecord.KEY.put(exchange, record.upstream());
        OutboundHeaders.KEY.put(exchange, new OutboundHeaders());
        return served(exchange, record)
                .onErrorResume(error -> refuse(exchange, record, error))
                .doFinally(signal -> end(exchange, record, signal));
    }

    private Mono<Void> served(ServerWebExchange exchange, EdgeRecord record) {
        try {
            record.identified(hygiene.identify(exchange));
            for (EdgeObserver observer : observers) {
                observer.started(exchange, record);
            }
            return route(hygiene.clean(exchange, record, record.startedNanos()), record);
        } catch (RuntimeException e) {
            return Mono.error(e);
        }
    }

    private Mono<Void> route(ServerWebExchange exchange, EdgeRecord record) {
        record.at(EdgeOrder.MATCH);
        ServerHttpRequest request = exchange.getRequest();
        String path = request.getURI().getRawPath();
        if (BuiltIns.owns(path)) {
            return builtIns.serve(exchange, path);
        }
        RouteIndex<CompiledRoute> index =
                services.take(path) ? services.index() : config.view(routeTable).index();
        String host = Hygiene.hostOf(request);
        if (request.getMethod() == HttpMethod.OPTIONS && Cors.isPreflight(request)) {
            Optional<Mono<Void>> answer = preflight(exchange, index, host, path, record);
            if (answer.isPresent()) {
                return answer.get();
            }
        }
        CompiledRoute route =
                index.find(host, request.getMethod(), path).orElseThrow(() -> unmatched(index, host, path));
        enter(exchange, record, route);
        return route.serve(exchange);
    }

    private static void enter(ServerWebExchange exchange, EdgeRecord record, CompiledRoute route) {
        record.matched(route.info());
        RouteInfo.KEY.put(exchange, route.info());
        route.introduce(exchange);
    }

    /** Answers for the route that the page asks about, where that route leaves it to the gateway. */
    private static Optional<Mono<Void>> preflight(
            ServerWebExchange exchange, RouteIndex<CompiledRoute> index, String host, String path, EdgeRecord record) {
        HttpHeaders asked = exchange.getRequest().getHeaders();
        HttpMethod method = HttpMethod.valueOf(asked.getFirst(HttpHeaders.ACCESS_CONTROL_REQUEST_METHOD) + "");
        Optional<CompiledRoute> route = index.find(host, method, path);
        Optional<Cors> cors = route.flatMap(CompiledRoute::cors);
        if (cors.isEmpty()) {
            return Optional.empty();
        }
        record.matched(route.get().info());
        ServerHttpResponse response = exchange.getResponse();
        if (!cors.get().answerPreflight(asked, response.getHeaders())) {
            throw Problem.of(ProblemType.FORBIDDEN, "This route does not let pages of that origin send such requests.")
                    .asException();
        }
        response.setRawStatusCode(204);
        return Optional.of(response.setComplete());
    }

    private RuntimeException unmatched(RouteIndex<CompiledRoute> index, String host, String path) {
        if (!config.isServing()) {
            return NOT_READY.asException();
        }
        Set<HttpMethod> methods = index.methods(host, path);
        return methods.isEmpty()
                ? Problem.of(ProblemType.NO_ROUTE, "No route takes this host and path.")
                        .asException()
                : new Problem.MethodNotAllowed(methods).asException();
    }

    private Mono<Void> refuse(ServerWebExchange exchange, EdgeRecord record, Throwable error) {
        ServerHttpResponse response = exchange.getResponse();
        if (response.isCommitted()) {
            record.failed(error, null);
            return Mono.error(error); // what has left must look broken: the connection ends without an end of the body
        }
        Problem problem = isClientTooSlow(error) ? TOO_SLOW : ProblemHandler.problemOf(exchange, error);
        record.failed(error, problem.type());
        if (leavesBodyUnread(problem.type())) {
            response.getHeaders().set(HttpHeaders.CONNECTION, "close");
        }
        return problems.handle(exchange, problem.asException());
    }

    /** What the server's own time-outs of reading throw; whatever the backend's side throws is a problem already. */
    private static boolean isClientTooSlow(Throwable error) {
        return error instanceof ChannelException;
    }

    /** After these the connection holds bytes that belong to no request. */
    private static boolean leavesBodyUnread(ProblemType type) {
        return type == ProblemType.BODY_TOO_LARGE
                || type == ProblemType.REQUEST_TIMEOUT
                || type == ProblemType.MALFORMED_REQUEST;
    }

    private void end(ServerWebExchange exchange, EdgeRecord record, SignalType signal) {
        Outcome outcome = switch (signal) {
            case ON_COMPLETE -> Outcome.COMPLETED;
            case CANCEL -> Outcome.CANCELLED;
            default -> Outcome.FAILED;
        };
        if (!record.end(outcome, System.nanoTime())) {
            return;
        }
        for (EdgeObserver observer : observers) {
            try {
                observer.completed(exchange, record);
            } catch (RuntimeException e) {
                log.atError().setCause(e).log("an observer failed");
            }
        }
    }
}
