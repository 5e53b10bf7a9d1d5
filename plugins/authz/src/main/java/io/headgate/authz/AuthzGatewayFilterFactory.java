package io.headgate.authz;

import io.headgate.api.InternalHeaders;
import io.headgate.api.PathTemplate;
import io.headgate.api.ResourceId;
import io.headgate.api.RouteInfo;
import io.headgate.authz.AuthorizeFilter.Authority;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.springframework.cloud.gateway.filter.GatewayFilter;
import org.springframework.cloud.gateway.filter.factory.AbstractGatewayFilterFactory;
import org.springframework.http.HttpHeaders;
import reactor.core.publisher.Mono;

/** {@code Authz=off} in a route of any Spring Cloud Gateway application; without an argument the mode is enforce. */
public class AuthzGatewayFilterFactory extends AbstractGatewayFilterFactory<AuthzGatewayFilterFactory.Config> {

    private static final RouteInfo ANY_ROUTE = new RouteInfo(
            new ResourceId(ResourceId.PLATFORM, "any"), Optional.empty(), PathTemplate.parse("/**"), Set.of());

    private final AuthenticateFilter authenticate;
    private final Authority authority;
    private final Clock clock;

    AuthzGatewayFilterFactory(AuthenticateFilter authenticate, Authority authority, Clock clock) {
        super(Config.class);
        this.authenticate = authenticate;
        this.authority = authority;
        this.clock = clock;
    }

    @Override
    public List<String> shortcutFieldOrder() {
        return List.of("mode");
    }

    @Override
    public GatewayFilter apply(Config config) {
        return switch (config.getMode()) {
            case ENFORCE, SHADOW -> {
                AuthorizeFilter authorize = authorize(config.getMode());
                yield keepingOwnWords(
                        (exchange, chain) -> authenticate.filter(exchange, after -> authorize.filter(after, chain)));
            }
            case OFF -> keepingOwnWords(authenticate);
            case PUBLIC -> keepingOwnWords((exchange, chain) -> chain.filter(exchange));
        };
    }

    /** The framework hands on every header of a backend; what a backend says of decisions is not for clients. */
    private static GatewayFilter keepingOwnWords(GatewayFilter filter) {
        return (exchange, chain) -> filter.filter(exchange, after -> {
            HttpHeaders headers = after.getResponse().getHeaders();
            String ours = headers.getFirst(AuthorizeFilter.DECISION_HEADER);
            after.getResponse()
                    .beforeCommit(() -> Mono.fromRunnable(() -> {
                        headers.remove(InternalHeaders.LEGACY_DECISION);
                        headers.remove(AuthorizeFilter.DECISION_HEADER);
                        if (ours != null) {
                            headers.set(AuthorizeFilter.DECISION_HEADER, ours);
                        }
                    }));
            return chain.filter(after);
        });
    }

    /** A route of the framework has no operations, so that nothing of it can be decided. */
    private AuthorizeFilter authorize(AuthzMode mode) {
        var nothing = new AuthzSection(mode, Optional.empty(), List.of());
        return new AuthorizeFilter(authority, new RouteQuestions(nothing, ANY_ROUTE, clock), mode);
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
