package io.headgate.ratelimit;

import java.net.URI;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.springframework.cloud.gateway.filter.GatewayFilter;
import org.springframework.cloud.gateway.filter.factory.AbstractGatewayFilterFactory;
import org.springframework.cloud.gateway.route.Route;
import org.springframework.cloud.gateway.support.HasRouteId;
import org.springframework.cloud.gateway.support.ServerWebExchangeUtils;
import org.springframework.web.server.ServerWebExchange;

/**
 * {@code Shed=sheddable, header:X-Tenant} in a route of any Spring Cloud Gateway application: by the route's own
 * upstream, shared out among whoever the key tells apart.
 */
public class ShedGatewayFilterFactory extends AbstractGatewayFilterFactory<ShedGatewayFilterFactory.Config> {

    private final Throttles throttles;

    ShedGatewayFilterFactory(Throttles throttles) {
        super(Config.class);
        this.throttles = throttles;
    }

    @Override
    public List<String> shortcutFieldOrder() {
        return List.of("criticality", "key");
    }

    @Override
    public GatewayFilter apply(Config config) {
        if (throttles.areOff()) {
            return (exchange, chain) -> chain.filter(exchange);
        }
        List<KeyPart> key = config.key.stream().map(KeyPart::parse).toList();
        String route = KeyText.of(config.routeId);
        return new ShedFilter(
                throttles,
                config.criticality,
                route,
                ShedGatewayFilterFactory::upstream,
                false,
                exchange -> Keys.text(key, route, exchange));
    }

    /** Of the framework's own state: this filter runs within its routes alone. */
    private static Optional<String> upstream(ServerWebExchange exchange) {
        Route route = exchange.getRequiredAttribute(ServerWebExchangeUtils.GATEWAY_ROUTE_ATTR);
        URI uri = route.getUri();
        return Optional.of(uri.getScheme() + "://" + Objects.requireNonNullElse(uri.getRawAuthority(), ""));
    }

    /** A bean, because that is what the framework binds a route's arguments to. */
    public static final class Config implements HasRouteId {
        private Criticality criticality = Criticality.DEFAULT;
        private List<String> key = List.of("ip");
        private String routeId = "";

        @Override
        public String getRouteId() {
            return routeId;
        }

        @Override
        public void setRouteId(String routeId) {
            this.routeId = routeId;
        }

        public void setCriticality(String criticality) {
            this.criticality = Criticality.parse(criticality);
        }

        /** @param key one key, or several with a plus between them */
        public void setKey(String key) {
            this.key = List.of(key.split("\\+", -1));
        }
    }
}
