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
import io.headgate.authz.AuthorizeFilter.Authority;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import reactor.core.publisher.Mono;

/** The {@code authz} section of a route, and the filters it asks for. */
final class AuthzRouteStep implements RouteStep<AuthzSection> {

    private final AuthenticateFilter authenticate;
    private final Authority authority;
    private final LegacyReports legacy;
    private final Clock clock;

    AuthzRouteStep(AuthenticateFilter authenticate, Authority authority, LegacyReports legacy, Clock clock) {
        this.authenticate = authenticate;
        this.authority = authority;
        this.legacy = legacy;
        this.clock = clock;
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
    public Mono<Void> inform(ResourceId route) {
        return legacy.inform(route);
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
        if (section.mode().asksPolicies() && !hasPolicies(route.id().team(), others)) {
            review.warning(
                    "authz: no policy set of team " + route.id().team() + " is active, so that nothing is decided"
                            + (section.mode() == AuthzMode.ENFORCE ? ": 503 until there is one" : ""));
        }
        if (section.mode() == AuthzMode.ENFORCE) {
            legacy.whyNotToEnforce(route.id())
                    .forEach(reason -> review.warning("authz/mode: the backend's own decisions say that it is too"
                            + " early to enforce: " + reason));
        }
    }

    private static boolean hasPolicies(String team, ConfigSnapshot others) {
        return others.all(PolicySetSpec.class).stream()
                .anyMatch(set -> set.id().team().equals(team) && set.spec().isActive());
    }

    @Override
    public Optional<AdminRole> reservedTo(AuthzSection section) {
        return switch (section.mode()) {
            case ENFORCE, SHADOW -> Optional.empty();
            case OFF, PUBLIC -> Optional.of(AdminRole.PLATFORM_ADMIN);
        };
    }

    @Override
    public boolean admitsAnyone(AuthzSection section) {
        return section.mode() == AuthzMode.PUBLIC;
    }

    @Override
    public boolean isOperational(AuthzSection before, AuthzSection after) {
        return before.mode() == AuthzMode.SHADOW
                && after.equals(new AuthzSection(AuthzMode.ENFORCE, before.resource(), before.operations()));
    }

    @Override
    public List<EdgeFilter> filters(AuthzSection section, RouteInfo route) {
        var who = new EdgeFilter(EdgeOrder.AUTHENTICATE, authenticate);
        return switch (section.mode()) {
            case ENFORCE, SHADOW -> List.of(who, new EdgeFilter(EdgeOrder.AUTHORIZE, authorize(section, route)));
            case OFF -> List.of(who);
            case PUBLIC -> List.of();
        };
    }

    private AuthorizeFilter authorize(AuthzSection section, RouteInfo route) {
        return new AuthorizeFilter(
                authority,
                new RouteQuestions(section, route, clock),
                section.mode(),
                Optional.of(legacy.tally(section, route)));
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
                                "The policies of team " + route.id().team() + " decide on " + type(section)
                                        + ": 403 where they do not permit, 503 where they cannot decide."));
            case SHADOW ->
                List.of(
                        who,
                        new Explanation(
                                EdgeOrder.AUTHORIZE,
                                "Shadow: passes, and what the policies of team "
                                        + route.id().team() + " say about " + type(section) + " is recorded."));
            case OFF -> List.of(who, new Explanation(EdgeOrder.AUTHORIZE, "Off: every authenticated caller passes."));
            case PUBLIC ->
                List.of(new Explanation(EdgeOrder.AUTHENTICATE, "Public: no credential is asked for or looked at."));
        };
    }

    private static String type(AuthzSection section) {
        return section.resource().orElse("nothing");
    }
}
