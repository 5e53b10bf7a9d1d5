package io.headgate.ratelimit;

import io.headgate.api.ResourceId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Every limit of a revision, by the routes that it applies to. */
final class LimitBook {

    static final LimitBook EMPTY = new LimitBook(List.of());

    private final Map<ResourceId, RateLimit> limits = new HashMap<>();
    private final Map<String, Set<RateLimit>> byTeam = new HashMap<>();
    private final Map<ResourceId, Set<RateLimit>> byRoute = new HashMap<>();

    LimitBook(Collection<RateLimit> limits) {
        for (RateLimit limit : limits) {
            this.limits.put(limit.id(), limit);
            for (RoutePattern pattern : limit.spec().routes()) {
                if (pattern.name().equals(RoutePattern.ANY)) {
                    byTeam.computeIfAbsent(pattern.team(), team -> new LinkedHashSet<>())
                            .add(limit);
                } else {
                    byRoute.computeIfAbsent(
                                    new ResourceId(pattern.team(), pattern.name()), route -> new LinkedHashSet<>())
                            .add(limit);
                }
            }
        }
    }

    Optional<RateLimit> find(ResourceId id) {
        return Optional.ofNullable(limits.get(id));
    }

    Collection<RateLimit> all() {
        return limits.values();
    }

    /** Whether it is this very version of the limit that is in force. */
    boolean holds(RateLimit limit) {
        return limit.isOfItsRoute() || limits.get(limit.id()) == limit;
    }

    /** Those that apply to the route, and those that it names: each once, in the order of their names. */
    List<RateLimit> of(ResourceId route, List<ResourceId> named) {
        Set<RateLimit> found = new LinkedHashSet<>(byTeam.getOrDefault(RoutePattern.ANY, Set.of()));
        found.addAll(byTeam.getOrDefault(route.team(), Set.of()));
        found.addAll(byRoute.getOrDefault(route, Set.of()));
        named.forEach(id -> find(id).ifPresent(found::add));
        List<RateLimit> inOrder = new ArrayList<>(found);
        inOrder.sort(Comparator.comparing(RateLimit::id));
        return List.copyOf(inOrder);
    }
}
