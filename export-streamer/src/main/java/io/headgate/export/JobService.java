package io.headgate.export;

import io.headgate.api.EdgeService;
import io.headgate.api.PathTemplate;
import io.headgate.api.ResourceId;
import io.headgate.api.RouteInfo;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.springframework.http.HttpMethod;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** One address under {@code /api/v1/exports}. */
record JobService(RouteInfo route, boolean isPublic, Function<ServerWebExchange, Mono<Void>> handler)
        implements EdgeService {

    static final String ROOT = "/api/v1/exports";

    static JobService of(
            String name, String path, Set<HttpMethod> methods, Function<ServerWebExchange, Mono<Void>> handler) {
        return new JobService(
                new RouteInfo(
                        new ResourceId(ResourceId.PLATFORM, name),
                        Optional.empty(),
                        PathTemplate.parse(ROOT + path),
                        methods),
                false,
                handler);
    }

    JobService open() {
        return new JobService(route, true, handler);
    }

    @Override
    public Mono<Void> serve(ServerWebExchange exchange) {
        return Mono.defer(() -> handler.apply(exchange));
    }
}
