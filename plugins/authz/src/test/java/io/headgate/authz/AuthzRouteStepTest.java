package io.headgate.authz;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.api.AdminRole;
import io.headgate.api.EdgeOrder;
import io.headgate.api.FakeSnapshot;
import io.headgate.api.PathTemplate;
import io.headgate.api.Resource;
import io.headgate.api.ResourceId;
import io.headgate.api.Review;
import io.headgate.api.RouteInfo;
import io.headgate.api.RouteStep;
import io.headgate.api.SpecProblem;
import io.headgate.api.TeamSpec;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.springframework.http.HttpHeaders;
import reactor.core.publisher.Mono;

class AuthzRouteStepTest {

    private static final RouteInfo ROUTE = new RouteInfo(
            new ResourceId("reports", "api"), Optional.empty(), PathTemplate.parse("/api/reports/**"), Set.of());
    private static final FakeSnapshot TEAMS = new FakeSnapshot()
            .with(
                    TeamSpec.class,
                    new Resource<>(
                            "Team",
                            new ResourceId("platform", "reports"),
                            1,
                            Resource.Origin.API,
                            new TeamSpec(List.of(), List.of(), Set.of("Report"), Set.of())));

    private final AuthzRouteStep step = new AuthzRouteStep(
            new AuthenticateFilter(
                    new Authenticator() {
                        @Override
                        public Optional<io.headgate.api.Caller> authenticated(HttpHeaders headers, String audience) {
                            return Optional.empty();
                        }

                        @Override
                        public Mono<io.headgate.api.Caller> authenticate(HttpHeaders headers, String audience) {
                            return Mono.never();
                        }
                    },
                    "headgate"),
            PolicyFixtures.authority(new PolicyFixtures.Live(), new PolicyFixtures.Events()),
            PolicyFixtures.legacy(new PolicyFixtures.Live()),
            java.time.Clock.systemUTC());

    @Test
    void refusesAResourceThatTheTeamDoesNotOwn() {
        assertThat(review(section(AuthzMode.ENFORCE, "Invoice")).problems())
                .containsExactly(new SpecProblem(
                        "/spec/authz/resource",
                        "'Invoice' (expected: a resource of team reports, which owns [Report])"));
        assertThat(review(section(AuthzMode.ENFORCE, "Report")).problems()).isEmpty();
    }

    @Test
    void refusesEveryResourceOfATeamThatNobodyKnows() {
        Review review = new Review();

        step.review(section(AuthzMode.ENFORCE, "Report"), ROUTE, new FakeSnapshot(), review);

        assertThat(review.problems()).hasSize(1);
    }

    @Test
    void warnsWhereNothingWouldBeDecided() {
        assertThat(review(section(AuthzMode.ENFORCE, "Report")).warnings())
                .singleElement()
                .asString()
                .contains("no policy set of team reports is active", "503");
        assertThat(review(section(AuthzMode.SHADOW, "Report")).warnings()).hasSize(1);
        assertThat(review(new AuthzSection(AuthzMode.OFF, Optional.empty(), List.of()))
                        .warnings())
                .isEmpty();
    }

    @Test
    void leavesOpeningARouteToThePlatform() {
        assertThat(step.reservedTo(section(AuthzMode.PUBLIC, "Report"))).contains(AdminRole.PLATFORM_ADMIN);
        assertThat(step.reservedTo(section(AuthzMode.OFF, "Report"))).contains(AdminRole.PLATFORM_ADMIN);
        assertThat(step.reservedTo(section(AuthzMode.SHADOW, "Report"))).isEmpty();
        assertThat(step.reservedTo(section(AuthzMode.ENFORCE, "Report"))).isEmpty();
    }

    @Test
    void letsAnSreTurnOnEnforcementAndNothingElse() {
        AuthzSection shadow = section(AuthzMode.SHADOW, "Report");

        assertThat(step.isOperational(shadow, section(AuthzMode.ENFORCE, "Report")))
                .isTrue();
        assertThat(step.isOperational(shadow, section(AuthzMode.ENFORCE, "Invoice")))
                .isFalse();
        assertThat(step.isOperational(shadow, section(AuthzMode.OFF, "Report"))).isFalse();
        assertThat(step.isOperational(section(AuthzMode.ENFORCE, "Report"), shadow))
                .isFalse();
        assertThat(step.isOperational(shadow, PolicyFixtures.section(AuthzMode.ENFORCE)))
                .isFalse();
    }

    @Test
    void putsInTheChainWhatTheModeAsksFor() {
        assertThat(orders(AuthzMode.ENFORCE)).containsExactly(EdgeOrder.AUTHENTICATE, EdgeOrder.AUTHORIZE);
        assertThat(orders(AuthzMode.SHADOW)).containsExactly(EdgeOrder.AUTHENTICATE, EdgeOrder.AUTHORIZE);
        assertThat(orders(AuthzMode.OFF)).containsExactly(EdgeOrder.AUTHENTICATE);
        assertThat(orders(AuthzMode.PUBLIC)).isEmpty();
    }

    @Test
    void explainsEveryMode() {
        for (AuthzMode mode : AuthzMode.values()) {
            assertThat(step.explain(section(mode, "Report"), ROUTE))
                    .as(mode.name())
                    .isNotEmpty();
        }
    }

    private List<EdgeOrder> orders(AuthzMode mode) {
        return step.filters(section(mode, "Report"), ROUTE).stream()
                .map(RouteStep.EdgeFilter::order)
                .toList();
    }

    private Review review(AuthzSection section) {
        Review review = new Review();
        step.review(section, ROUTE, TEAMS, review);
        return review;
    }

    private static AuthzSection section(AuthzMode mode, String resource) {
        return new AuthzSection(mode, Optional.of(resource), List.of());
    }
}
