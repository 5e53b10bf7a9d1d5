package io.headgate.gateway.edge;

import io.headgate.api.EdgeService;
import io.headgate.api.PathTemplate;
import io.headgate.api.PathTemplate.Literal;
import io.headgate.api.ResourceId;
import io.headgate.api.RouteStep;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The services that modules offer at the edge. Their paths are theirs alone, whatever host and method are asked for: they
 * are looked at before any route, and no team can have one there.
 */
final class EdgeServices {

    private final List<PathTemplate> paths;
    private final List<String> prefixes;
    private final Set<ResourceId> ids;
    private final RouteIndex<CompiledRoute> index;

    private EdgeServices(List<EdgeService> services, RouteIndex<CompiledRoute> index) {
        this.paths = services.stream().map(service -> service.route().path()).toList();
        this.prefixes =
                paths.stream().map(EdgeServices::literalPrefix).distinct().toList();
        this.ids = services.stream().map(service -> service.route().id()).collect(Collectors.toUnmodifiableSet());
        this.index = index;
    }

    static EdgeServices of(List<EdgeService> services, List<RouteStep<?>> steps, RouteCompiler compiler) {
        RouteIndex<CompiledRoute> index = RouteIndex.empty();
        for (EdgeService service : services) {
            index = index.with(compiler.compile(ServiceSpec.of(service, steps)).entry());
        }
        return new EdgeServices(services, index);
    }

    private static String literalPrefix(PathTemplate path) {
        return path.segments().stream()
                .takeWhile(Literal.class::isInstance)
                .map(segment -> "/" + ((Literal) segment).value())
                .collect(Collectors.joining());
    }

    /** Whether the path is one of theirs, whatever the method. */
    boolean take(String path) {
        return mayTake(path) && !index.methods("", path).isEmpty();
    }

    RouteIndex<CompiledRoute> index() {
        return index;
    }

    /** What nearly every request is told apart by. */
    private boolean mayTake(String path) {
        for (int i = 0; i < prefixes.size(); i++) {
            if (path.startsWith(prefixes.get(i))) {
                return true;
            }
        }
        return false;
    }

    boolean has(ResourceId id) {
        return ids.contains(id);
    }

    /** Whether a route could take nothing but what belongs to a service; a wider route keeps the rest. */
    boolean owns(PathTemplate path) {
        return paths.stream().anyMatch(own -> own.contains(path));
    }
}
