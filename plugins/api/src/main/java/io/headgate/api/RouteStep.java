package io.headgate.api;

import java.util.List;
import java.util.Optional;
import org.springframework.cloud.gateway.filter.GatewayFilter;
import reactor.core.publisher.Mono;

/**
 * A plugin's part in a route: it owns one member of the route's spec and puts filters into its chain. A module adds a
 * step by publishing a bean of this type.
 */
public interface RouteStep<S> {

    /** The member of the spec that it owns: {@code rateLimit}. */
    String section();

    /** Reads the section, all problems at once; {@code section} reads as empty where the route has none. */
    S read(SpecReader section, RouteInfo route);

    /** What only other resources can tell: whether a reference leads anywhere, whether the team owns what is named. */
    default void review(S section, RouteInfo route, ConfigSnapshot others, Review review) {}

    /** Whether requests can come without a caller. */
    default boolean admitsAnyone(S section) {
        return false;
    }

    /** Whether it can do nothing for a request without a caller but refuse it. */
    default boolean needsCaller(S section) {
        return false;
    }

    /** Comes before a review of this route, for what a step must ask elsewhere first. */
    default Mono<Void> inform(ResourceId route) {
        return Mono.empty();
    }

    /** Who besides the route's own writers must not, or only, make this change; empty where anyone who may write the route may. */
    default Optional<AdminRole> reservedTo(S section) {
        return Optional.empty();
    }

    /** Whether an SRE may make this change of the section too, as turning on what was only watched. */
    default boolean isOperational(S before, S after) {
        return false;
    }

    /** The filters of this route, built once per version of the route. */
    List<EdgeFilter> filters(S section, RouteInfo route);

    /** One sentence a step: what would be done with a request. */
    List<Explanation> explain(S section, RouteInfo route);

    /** A filter with its place in the chain. */
    record EdgeFilter(EdgeOrder order, GatewayFilter filter) {}

    record Explanation(EdgeOrder order, String text) {}
}
