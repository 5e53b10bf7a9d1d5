package io.headgate.authz;

import io.headgate.api.AdminRole;
import io.headgate.api.ConfigSnapshot;
import io.headgate.api.EdgeOrder;
import io.headgate.api.ResourceId;
import io.headgate.api.Review;
import io.headgate.api.RouteInfo;
import io.headgate.api.RouteStep;
import io.headgate.api.SpecReader;
import io.headgate.api.TeamSpec;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The {@code authz} section of a route, and the filters it asks for. */
final class AuthzRouteStep implements RouteStep<AuthzSection> {

    private final AuthenticateFilter authenticate;
    private final AuthorizeFilter authorize;

    AuthzRouteStep(AuthenticateFilter authenticate, AuthorizeFilter authorize) {
        this.authenticate = authenticate;
        this.authorize = authorize;
    }

    @Override
    public String section() {
        return "authz";
    }

    @Override
    public AuthzSection read(SpecReader section, RouteInfo route) {
        return AuthzSection.read(section, route);
    }

    @Override
    public void review(AuthzSection section, RouteInfo route, ConfigSnapshot others, Review review) {
        Set<String> owned = others.find(
                        TeamSpec.class,
                        new ResourceId(ResourceId.PLATFORM, route.id().team()))
                .map(team -> team.spec().resources())
                .orElse(Set.of());
        section.resource()
                .filter(resource -> !owned.contains(resource))
                .ifPresent(resource -> review.problem(
                        "/spec/authz/resource",
                        "'" + resource + "' (expected: a resource of team "
                                + route.id().team() + ", which owns "
                                + owned.stream().sorted().toList() + ")"));
        warning(section.mode()).ifPresent(review::warning);
    }

    private static Optional<String> warning(AuthzMode mode) {
        return switch (mode) {
            case ENFORCE ->
                Optional.of("authz: this build has no policy engine, so every authenticated request of this route is"
                        + " answered 503 authorization-unavailable");
            case SHADOW -> Optional.of("authz: this build has no policy engine, so mode shadow records nothing");
            case OFF, PUBLIC -> Optional.empty();
        };
    }

    @Override
    public Optional<AdminRole> reservedTo(AuthzSection section) {
        return switch (section.mode()) {
            case ENFORCE, SHADOW -> Optional.empty();
            case OFF, PUBLIC -> Optional.of(AdminRole.PLATFORM_ADMIN);
        };
    }

    @Override
    public List<EdgeFilter> filters(AuthzSection section, RouteInfo route) {
        var who = new EdgeFilter(EdgeOrder.AUTHENTICATE, authenticate);
        return switch (section.mode()) {
            case ENFORCE -> List.of(who, new EdgeFilter(EdgeOrder.AUTHORIZE, authorize));
            case SHADOW, OFF -> List.of(who);
            case PUBLIC -> List.of();
        };
    }

    @Override
    public List<Explanation> explain(AuthzSection section, RouteInfo route) {
        var who = new Explanation(
                EdgeOrder.AUTHENTICATE,
                "Needs a bearer token or an API key for audience '" + authenticate.audience() + "', else 401.");
        return switch (section.mode()) {
            case ENFORCE ->
                List.of(
                        who,
                        new Explanation(
                                EdgeOrder.AUTHORIZE,
                                "Enforced, and this build has no policy engine: 503 authorization-unavailable."));
            case SHADOW ->
                List.of(
                        who,
                        new Explanation(EdgeOrder.AUTHORIZE, "Shadow: passes, and in this build records nothing."));
            case OFF -> List.of(who, new Explanation(EdgeOrder.AUTHORIZE, "Off: every authenticated caller passes."));
            case PUBLIC ->
                List.of(new Explanation(EdgeOrder.AUTHENTICATE, "Public: no credential is asked for or looked at."));
        };
    }
}
