package io.headgate.gateway.edge;

import io.headgate.api.ConfigSnapshot;
import io.headgate.api.ConfigView;
import io.headgate.api.Resource;
import io.headgate.api.ResourceId;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** The meters of every route of a revision; those of a route that is gone leave the registry with it. */
final class RouteMeterTable implements ConfigView<Map<ResourceId, RouteMeters>> {

    private static final String NONE = "none";
    private static final String REMOVED = "removed";

    private final MeterRegistry registry;
    private final RouteTimers.Pool timers;
    private final RouteMeters none;
    private final RouteMeters removed;
    private final Map<ResourceId, RouteMeters> services = new ConcurrentHashMap<>();

    RouteMeterTable(MeterRegistry registry, int histogramRoutes) {
        this.registry = registry;
        this.timers = new RouteTimers.Pool(registry, histogramRoutes);
        this.none = new RouteMeters(registry, timers, NONE, NONE);
        this.removed = new RouteMeters(registry, timers, REMOVED, REMOVED);
    }

    /** For requests that matched no route. */
    RouteMeters none() {
        return none;
    }

    /** For requests that end when their route is gone. */
    RouteMeters removed() {
        return removed;
    }

    /** For requests of a service, of which there is a fixed number. */
    RouteMeters ofService(ResourceId id) {
        return services.computeIfAbsent(id, it -> new RouteMeters(registry, timers, it.toString(), it.team()));
    }

    @Override
    public Map<ResourceId, RouteMeters> derive(Optional<Map<ResourceId, RouteMeters>> previous, ConfigSnapshot next) {
        return next(
                previous.orElse(Map.of()),
                next.all(RouteSpec.class).stream().map(Resource::id).toList());
    }

    Map<ResourceId, RouteMeters> next(Map<ResourceId, RouteMeters> previous, Collection<ResourceId> routes) {
        Map<ResourceId, RouteMeters> next = HashMap.newHashMap(routes.size());
        for (ResourceId id : routes) {
            RouteMeters known = previous.get(id);
            next.put(id, known == null ? new RouteMeters(registry, timers, id.toString(), id.team()) : known);
        }
        previous.forEach((id, meters) -> {
            if (!next.containsKey(id)) {
                meters.close();
            }
        });
        return Collections.unmodifiableMap(next);
    }
}
