package io.headgate.gateway.edge;

import io.headgate.api.RouteInfo;
import java.util.List;
import java.util.Optional;

/** Whatever has a chain of its own: a team's route, or a service of the gateway itself. */
sealed interface Served permits RouteSpec, ServiceSpec {

    RouteInfo info();

    RouteMatch match();

    List<RouteSpec.Section<?>> sections();

    Optional<CorsSpec> cors();

    Lifecycle lifecycle();
}
