package io.headgate.gateway.edge;

import io.headgate.api.EdgeService;
import io.headgate.api.RouteInfo;
import io.headgate.api.RouteStep;
import io.headgate.api.SpecReader;
import io.headgate.api.SpecReader.Outcome;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/** A service of the gateway itself, with what the plugins do for it: as for a route that says nothing but who may call. */
record ServiceSpec(EdgeService service, List<RouteSpec.Section<?>> sections, RouteMatch match) implements Served {

    private static final String WHO = "authz";

    ServiceSpec {
        sections = List.copyOf(sections);
    }

    static ServiceSpec of(EdgeService service, List<RouteStep<?>> steps) {
        JsonNode spec = JsonNodeFactory.instance
                .objectNode()
                .set(WHO, JsonNodeFactory.instance.objectNode().put("mode", service.isPublic() ? "public" : "off"));
        List<RouteSpec.Section<?>> sections = steps.stream()
                .<RouteSpec.Section<?>>map(step -> section(spec, step, service.route()))
                .toList();
        return new ServiceSpec(service, sections, RouteMatch.of(service.route()));
    }

    private static RouteSpec.Section<?> section(JsonNode spec, RouteStep<?> step, RouteInfo route) {
        String name = step.section();
        return switch (SpecReader.<RouteSpec.Section<?>>read(
                spec.path(name), "/" + name, section -> RouteSpec.Section.read(step, section, route))) {
            case Outcome.Valid<RouteSpec.Section<?>>(RouteSpec.Section<?> read) -> read;
            case Outcome.Invalid<RouteSpec.Section<?>> invalid ->
                throw new IllegalStateException(route.id() + ": " + invalid.problems());
        };
    }

    @Override
    public RouteInfo info() {
        return service.route();
    }

    @Override
    public Optional<CorsSpec> cors() {
        return Optional.empty();
    }

    @Override
    public Lifecycle lifecycle() {
        return Lifecycle.ENDLESS;
    }
}
