package io.headgate.gateway.edge;

import io.headgate.api.ResourceId;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;

/** The meters of every route of a revision; those of a route that is gone leave the registry with it. */
final class RouteMeterTable {

    private static final String NONE = "none";
    private static final String REMOVED = "removed";

    private final MeterRegistry registry;
    private final RouteTimers.Pool timers;
    private final RouteMeters none;
    private final RouteMeters removed;

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
