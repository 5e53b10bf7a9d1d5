package io.headgate.gateway.edge;

import io.headgate.api.EdgeOrder;
import io.headgate.api.LiveConfig;
import io.headgate.api.ResourceId;
import io.headgate.api.RouteStep.Explanation;
import io.headgate.gateway.edge.CanonicalPath.Reading;
import io.headgate.gateway.edge.RouteIndex.Entry;
import io.headgate.gateway.upstream.Upstreams;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.springframework.http.HttpMethod;

/** Says what would become of a request, from the same index and by the same rules that serve it. */
public final class RouteExplainer {

    /** What would become of it. */
    public sealed interface Explained {

        /** No step but hygiene would see it. */
        record Refused(String reason) implements Explained {}

        /** Served by the gateway itself. */
        record BuiltIn(String path) implements Explained {}

        /** @param allowed the methods that some route takes here; empty where none takes this host and path */
        record Unmatched(String path, Set<String> allowed, List<Candidate> candidates) implements Explained {}

        /** @param candidates the routes that could have taken it, were it not for a narrower one or the method */
        record Matched(
                String path,
                ResourceId route,
                String match,
                String why,
                List<Candidate> candidates,
                List<Explanation> steps)
                implements Explained {}
    }

    /** A route that takes this host and path, and why it does not get the request. */
    public record Candidate(ResourceId route, String match, String why) {}

    private final LiveConfig config;
    private final RouteTable routeTable;
    private final Upstreams upstreams;
    private final EdgeServices services;

    RouteExplainer(LiveConfig config, RouteTable routeTable, Upstreams upstreams, EdgeServices services) {
        this.config = config;
        this.routeTable = routeTable;
        this.upstreams = upstreams;
        this.services = services;
    }

    /** @param host may be empty, where routes of every host alone are asked for */
    public Explained explain(String method, String path, String host) {
        return switch (CanonicalPath.read(path)) {
            case Reading.Refused(String reason) -> new Explained.Refused("The path is refused: " + reason + ".");
            case Reading.Canonical(String canonical) ->
                BuiltIns.owns(canonical)
                        ? new Explained.BuiltIn(canonical)
                        : explain(HttpMethod.valueOf(method), path, canonical, host.toLowerCase(Locale.ROOT));
        };
    }

    private Explained explain(HttpMethod method, String sent, String path, String host) {
        RouteIndex<CompiledRoute> index =
                services.take(path) ? services.index() : config.view(routeTable).index();
        List<Entry<CompiledRoute>> candidates = index.candidates(host, path);
        return index.find(host, method, path)
                .<Explained>map(route -> matched(route, method, sent, path, candidates))
                .orElseGet(() -> new Explained.Unmatched(
                        path, names(index.methods(host, path)), losers(candidates, method, null)));
    }

    private Explained matched(
            CompiledRoute route, HttpMethod method, String sent, String path, List<Entry<CompiledRoute>> candidates) {
        List<Candidate> losers = losers(candidates, method, route);
        String why = losers.isEmpty()
                ? "it is the only route that takes this host and path"
                : "of the routes that take this request it is the narrowest";
        return new Explained.Matched(
                path, route.id(), route.spec().match().toString(), why, losers, steps(route, sent, path));
    }

    private static List<Candidate> losers(
            List<Entry<CompiledRoute>> candidates,
            HttpMethod method,
            @org.jspecify.annotations.Nullable CompiledRoute winner) {
        return candidates.stream()
                .map(Entry::route)
                .filter(route -> winner == null || !route.id().equals(winner.id()))
                .map(route -> new Candidate(
                        route.id(),
                        route.spec().match().toString(),
                        route.spec().match().accepts(method)
                                ? "it takes this request too, and is wider"
                                : "it does not take " + method))
                .toList();
    }

    private List<Explanation> steps(CompiledRoute route, String sent, String path) {
        Served spec = route.spec();
        List<Explanation> steps = new ArrayList<>();
        steps.add(new Explanation(
                EdgeOrder.HYGIENE, sent.equals(path) ? "the path is canonical" : "the path is rewritten to " + path));
        steps.add(new Explanation(EdgeOrder.MATCH, "matches " + spec.match()));
        spec.sections().forEach(section -> steps.addAll(section.explain(spec.info())));
        switch (spec) {
            case RouteSpec team -> backend(team, steps);
            case ServiceSpec service ->
                steps.add(new Explanation(
                        EdgeOrder.UPSTREAM,
                        "the gateway serves " + service.info().id() + " itself"));
        }
        steps.sort(Comparator.comparing(Explanation::order));
        return List.copyOf(steps);
    }

    private void backend(RouteSpec spec, List<Explanation> steps) {
        if (!spec.filters().isEmpty()) {
            steps.add(new Explanation(
                    EdgeOrder.STOCK,
                    "runs " + spec.filters().stream().map(StockFilter::toString).collect(Collectors.joining("; "))));
        }
        steps.add(new Explanation(
                EdgeOrder.CALLER_HEADER,
                "tells the backend who calls, signed for " + spec.info().id() + ", where a caller is known"));
        steps.addAll(upstreams.explain(spec.upstream(), spec.info()));
    }

    private static Set<String> names(Set<HttpMethod> methods) {
        return methods.stream().map(HttpMethod::name).collect(Collectors.toCollection(TreeSet::new));
    }
}
