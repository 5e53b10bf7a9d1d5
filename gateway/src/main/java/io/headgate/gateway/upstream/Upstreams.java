package io.headgate.gateway.upstream;

import io.headgate.api.AddressGuard;
import io.headgate.api.BackendCall;
import io.headgate.api.Destination;
import io.headgate.api.EdgeOrder;
import io.headgate.api.Problem;
import io.headgate.api.ProblemType;
import io.headgate.api.ResourceId;
import io.headgate.api.RouteInfo;
import io.headgate.api.RouteStep.EdgeFilter;
import io.headgate.api.RouteStep.Explanation;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.cloud.gateway.filter.GatewayFilterChain;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.resources.LoopResources;
import reactor.netty.transport.NameResolverProvider;

/** All upstreams that routes use: builds the filters that call them, and keeps their connections and breakers. */
public final class Upstreams implements DisposableBean {

    private static final Problem FULL = Problem.tryLater(
            ProblemType.UPSTREAM_BUSY,
            "As many requests as the backend may take are under way.",
            Duration.ofSeconds(1));

    private final UpstreamProperties properties;
    private final LoopResources loops;
    private final AddressGuard guard;
    private final Optional<SslBundle> tls;
    private final Map<Backend.Key, Backend> backends = new ConcurrentHashMap<>();
    private final Map<ResourceId, CanaryWatch> watches = new ConcurrentHashMap<>();
    private final Set<Backend> retired = ConcurrentHashMap.newKeySet();

    private Upstreams(UpstreamProperties properties, LoopResources loops, AddressGuard guard, Optional<SslBundle> tls) {
        this.properties = properties;
        this.loops = loops;
        this.guard = guard;
        this.tls = tls;
    }

    /** Asks name servers without blocking; the platform's own look-up would hold an event loop. */
    static Upstreams create(
            UpstreamProperties properties, LoopResources loops, SpecialAddresses special, Optional<SslBundle> tls) {
        var names = NameResolverProvider.builder()
                .queryTimeout(properties.resolveTimeout())
                .build()
                .newNameResolverGroup(loops, LoopResources.DEFAULT_NATIVE);
        return new Upstreams(properties, loops, new AddressGuard(names, special::mayCall), tls);
    }

    /**
     * The filters of one route: ANSWER writes what came back once all other filters have seen its head, and gives back
     * what the call held; CHOICE says which upstream it is; GUARD enters its bulkhead; UPSTREAM makes the call.
     */
    public List<EdgeFilter> filters(UpstreamSpec spec, RouteInfo route) {
        var targets = new RouteTargets(spec, watch(spec, route), this::backend);
        return List.of(
                new EdgeFilter(EdgeOrder.ANSWER, Upstreams::answer),
                new EdgeFilter(EdgeOrder.CHOICE, (exchange, chain) -> choose(targets, exchange, chain)),
                new EdgeFilter(EdgeOrder.GUARD, (exchange, chain) -> enter(spec, targets, exchange, chain)),
                new EdgeFilter(
                        EdgeOrder.UPSTREAM,
                        (exchange, chain) -> UpstreamCall.KEY.get(exchange).run()));
    }

    private @Nullable CanaryWatch watch(UpstreamSpec spec, RouteInfo route) {
        CanaryWatch watch = spec.canary()
                .flatMap(UpstreamSpec.Canary::rollback)
                .map(rule -> new CanaryWatch(route.id(), rule))
                .orElse(null);
        if (watch == null) {
            watches.remove(route.id());
        } else {
            watches.put(route.id(), watch);
        }
        return watch;
    }

    private static Mono<Void> answer(ServerWebExchange exchange, GatewayFilterChain chain) {
        return chain.filter(exchange)
                .then(Mono.defer(() ->
                        UpstreamCall.KEY.find(exchange).map(UpstreamCall::body).orElse(Mono.empty())))
                .doFinally(signal -> UpstreamCall.KEY.find(exchange).ifPresent(UpstreamCall::end));
    }

    private static Mono<Void> choose(RouteTargets targets, ServerWebExchange exchange, GatewayFilterChain chain) {
        Backend backend = targets.choose(BackendCall.Target.KEY.find(exchange));
        Backend.KEY.put(exchange, backend);
        Destination.KEY.put(exchange, backend.destination());
        return chain.filter(exchange);
    }

    private Mono<Void> enter(
            UpstreamSpec spec, RouteTargets targets, ServerWebExchange exchange, GatewayFilterChain chain) {
        Backend backend = Backend.KEY.get(exchange);
        if (!backend.tryEnter()) {
            return Mono.error(FULL.asException());
        }
        UpstreamRecord record = UpstreamRecord.KEY.find(exchange).orElseGet(UpstreamRecord::new);
        var call = new UpstreamCall(spec, properties, targets, backend, exchange, record);
        if (BackendCall.Target.KEY.find(exchange).isPresent()) { // whoever chose may choose again
            UpstreamCall.KEY.find(exchange).ifPresent(call::takeOver);
            BackendCall.KEY.put(exchange, call);
        }
        UpstreamCall.KEY.put(exchange, call);
        return chain.filter(exchange);
    }

    private Backend backend(Backend.Key key) {
        return backends.computeIfAbsent(key, it -> new Backend(it, properties, loops, guard, tls));
    }

    /** What would be done with a request of the route. */
    public List<Explanation> explain(UpstreamSpec spec, RouteInfo route) {
        return List.of(
                new Explanation(EdgeOrder.CHOICE, explainChoice(spec, Optional.ofNullable(watches.get(route.id())))),
                new Explanation(EdgeOrder.GUARD, explainGuard(spec)),
                new Explanation(EdgeOrder.UPSTREAM, explainCall(spec)));
    }

    private static String explainChoice(UpstreamSpec spec, Optional<CanaryWatch> watch) {
        String canary = spec.canary()
                .map(it -> ", " + it.weight() + " of 100 requests to the canary " + it.url() + rollback(it, watch))
                .orElse("");
        return "goes to " + spec.primary() + canary;
    }

    private static String explainGuard(UpstreamSpec spec) {
        return "at most " + spec.pool().maxConcurrent() + " at once; the upstream is left alone for "
                + spec.breaker().openFor().toSeconds() + "s when "
                + Math.round(spec.breaker().failureRate() * 100) + "% of the last "
                + spec.breaker().window() + " calls failed";
    }

    private static String rollback(UpstreamSpec.Canary canary, Optional<CanaryWatch> watch) {
        if (watch.isPresent() && watch.get().isGivenUp()) {
            return " (given up by this instance, since it failed too often: it gets none until the route changes)";
        }
        return canary.rollback()
                .map(rule -> " (none any more when its share of failures exceeds the primary's by "
                        + Math.round(rule.maxErrorRateIncrease() * 1000) / 10.0 + "%)")
                .orElse(" (by weight only)");
    }

    private static String explainCall(UpstreamSpec spec) {
        var timeouts = spec.timeouts();
        return "called with connect " + timeouts.connect().toMillis() + "ms, response "
                + timeouts.response().toMillis() + "ms, idle "
                + timeouts.idle().toMillis() + "ms"
                + timeouts.total()
                        .map(total -> ", total " + total.toMillis() + "ms")
                        .orElse("")
                + "; at most " + spec.retry().attempts() + " attempts, again on "
                + spec.retry().on().stream()
                        .map(UpstreamSpec.RetryOn::word)
                        .sorted()
                        .collect(Collectors.joining(", "));
    }

    /**
     * Lets go of what none of these routes uses. A request may still hold a chain of the table before: connections are
     * kept a while, and as long as calls are under way.
     */
    public void retainOnly(Map<ResourceId, UpstreamSpec> inUse) {
        watches.keySet().retainAll(inUse.keySet());
        Set<Backend.Key> keys = new HashSet<>();
        inUse.values().forEach(spec -> spec.targets().forEach(target -> keys.add(Backend.Key.of(spec, target))));
        backends.forEach((key, backend) -> {
            if (!keys.contains(key) && backends.remove(key, backend)) {
                retired.add(backend);
                disposeLater(backend);
            }
        });
    }

    private void disposeLater(Backend backend) {
        Schedulers.parallel()
                .schedule(() -> disposeIfIdle(backend), properties.retireAfter().toMillis(), TimeUnit.MILLISECONDS);
    }

    private void disposeIfIdle(Backend backend) {
        if (!retired.contains(backend)) {
            return;
        }
        if (backend.underWay() == 0) {
            retired.remove(backend);
            backend.dispose();
        } else {
            disposeLater(backend);
        }
    }

    /** Routes whose canary gets no requests any more, since it failed too often. */
    long canariesGivenUp() {
        return watches.values().stream().filter(CanaryWatch::isGivenUp).count();
    }

    /** Calls that have entered and not left, over all upstreams. */
    long underWay() {
        return backends.values().stream().mapToLong(Backend::underWay).sum()
                + retired.stream().mapToLong(Backend::underWay).sum();
    }

    boolean isIdle() {
        return underWay() == 0 && backends.values().stream().allMatch(Backend::hasAllPermits);
    }

    /** How many upstreams have connections: those of the current table, and those on their way out. */
    int size() {
        return backends.size() + retired.size();
    }

    @Override
    public void destroy() {
        backends.values().forEach(Backend::dispose);
        retired.forEach(Backend::dispose);
        retired.clear();
        guard.close();
    }
}
