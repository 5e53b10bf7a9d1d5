package io.headgate.gateway.edge;

import io.headgate.api.ConfigSnapshot;
import io.headgate.api.ConfigView;
import io.headgate.api.Resource;
import io.headgate.api.ResourceId;
import io.headgate.gateway.edge.RouteTable.Routes;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Compiles the routes of each revision: what did not change is taken over, what cannot be compiled is left out alone. */
public final class RouteTable implements ConfigView<Routes> {

    private static final Logger log = LoggerFactory.getLogger(RouteTable.class);

    /**
     * What this instance serves from.
     *
     * @param compiled every route, also those that stand in the index
     * @param broken the routes that are left out, with the reason
     */
    public record Routes(
            RouteIndex<CompiledRoute> index, Map<ResourceId, CompiledRoute> compiled, Map<ResourceId, Broken> broken) {

        static final Routes NONE = new Routes(RouteIndex.empty(), Map.of(), Map.of());

        public int size() {
            return compiled.size();
        }
    }

    record Broken(Resource<RouteSpec> resource, String reason) {}

    private final RouteCompiler compiler;
    private final Consumer<Set<ResourceId>> leftOut;

    /** @param leftOut told which routes are left out, whenever that changes */
    RouteTable(RouteCompiler compiler, Consumer<Set<ResourceId>> leftOut) {
        this.compiler = compiler;
        this.leftOut = leftOut;
    }

    @Override
    public Routes derive(Optional<Routes> previous, ConfigSnapshot next) {
        Routes before = previous.orElse(Routes.NONE);
        RouteIndex<CompiledRoute> index = before.index;
        Map<ResourceId, CompiledRoute> compiled = new HashMap<>(before.compiled);
        Map<ResourceId, Broken> broken = new HashMap<>();
        Map<ResourceId, CompiledRoute> gone = new HashMap<>(before.compiled);
        boolean letsGo = false;
        for (Resource<RouteSpec> resource : next.all(RouteSpec.class)) {
            ResourceId id = resource.id();
            CompiledRoute present = gone.remove(id);
            if (present != null && present.version() == resource.version()) {
                continue;
            }
            if (present != null) {
                index = index.without(present.entry());
                compiled.remove(id);
                letsGo = true;
            }
            Broken stillBroken = before.broken.get(id);
            switch (stillBroken != null && stillBroken.resource.isSameVersionAs(resource)
                    ? new Compilation.Failed(stillBroken.reason)
                    : compile(resource)) {
                case Compilation.Done(CompiledRoute route) -> {
                    index = index.with(route.entry());
                    compiled.put(id, route);
                }
                case Compilation.Failed(String reason) -> broken.put(id, new Broken(resource, reason));
            }
        }
        for (CompiledRoute route : gone.values()) {
            index = index.without(route.entry());
            compiled.remove(route.id());
        }
        if (letsGo || !gone.isEmpty()) {
            compiler.retainOnly(compiled.values());
        }
        if (!broken.keySet().equals(before.broken.keySet())) {
            leftOut.accept(broken.keySet());
        }
        return new Routes(index, compiled, broken);
    }

    @Override
    public Map<Resource<?>, String> leftOut(Routes routes) {
        Map<Resource<?>, String> reasons = new HashMap<>();
        routes.broken.values().forEach(broken -> reasons.put(broken.resource, broken.reason));
        return reasons;
    }

    private sealed interface Compilation {
        record Done(CompiledRoute route) implements Compilation {}

        record Failed(String reason) implements Compilation {}
    }

    private Compilation compile(Resource<RouteSpec> resource) {
        try {
            return new Compilation.Done(compiler.compile(resource));
        } catch (RuntimeException e) {
            log.atError()
                    .addKeyValue("routeId", resource.id())
                    .addKeyValue("version", resource.version())
                    .setCause(e)
                    .log("route left out, it cannot be compiled");
            return new Compilation.Failed(String.valueOf(e.getMessage()));
        }
    }
}
