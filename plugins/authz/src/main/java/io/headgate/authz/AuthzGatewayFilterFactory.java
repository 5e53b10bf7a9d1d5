package io.headgate.authz;

import java.util.List;
import org.springframework.cloud.gateway.filter.GatewayFilter;
import org.springframework.cloud.gateway.filter.factory.AbstractGatewayFilterFactory;

/** {@code Authz=off} in a route of any Spring Cloud Gateway application; without an argument the mode is enforce. */
public class AuthzGatewayFilterFactory extends AbstractGatewayFilterFactory<AuthzGatewayFilterFactory.Config> {

    private final AuthenticateFilter authenticate;
    private final AuthorizeFilter authorize;

    AuthzGatewayFilterFactory(AuthenticateFilter authenticate, AuthorizeFilter authorize) {
        super(Config.class);
        this.authenticate = authenticate;
        this.authorize = authorize;
    }

    @Override
    public List<String> shortcutFieldOrder() {
        return List.of("mode");
    }

    @Override
    public GatewayFilter apply(Config config) {
        return switch (config.getMode()) {
            case ENFORCE -> (exchange, chain) -> authenticate.filter(exchange, after -> authorize.filter(after, chain));
            case SHADOW, OFF -> authenticate;
            case PUBLIC -> (exchange, chain) -> chain.filter(exchange);
        };
    }

    /** A bean, because that is what the framework binds a route's arguments to. */
    public static final class Config {
        private AuthzMode mode = AuthzMode.ENFORCE;

        AuthzMode getMode() {
            return mode;
        }

        public void setMode(String mode) {
            this.mode = AuthzMode.valueOf(mode.toUpperCase(java.util.Locale.ROOT));
        }
    }
}
