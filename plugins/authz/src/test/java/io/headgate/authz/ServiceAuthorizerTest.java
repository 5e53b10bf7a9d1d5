package io.headgate.authz;

import static io.headgate.authz.PolicyFixtures.ANALYSTS_READ;
import static io.headgate.authz.PolicyFixtures.book;
import static io.headgate.authz.PolicyFixtures.caller;
import static io.headgate.authz.PolicyFixtures.set;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.headgate.api.Caller;
import io.headgate.api.Decision.Granted;
import io.headgate.api.Event;
import io.headgate.api.PathTemplate;
import io.headgate.api.ProblemException;
import io.headgate.api.ProblemType;
import io.headgate.api.ResourceId;
import io.headgate.api.RouteInfo;
import java.time.Clock;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.springframework.mock.http.server.reactive.MockServerHttpRequest;
import org.springframework.mock.web.server.MockServerWebExchange;
import org.springframework.web.server.ServerWebExchange;

class ServiceAuthorizerTest {

    private static final ExecutorService THREADS = BoundedThreads.of("test", 2, 100);
    private static final ResourceId SALES = ResourceId.parse("reports/sales");
    private static final RouteInfo EXPORTS = new RouteInfo(
            ResourceId.parse("platform/exports"), Optional.empty(), PathTemplate.parse("/api/v1/exports/**"), Set.of());

    private final PolicyFixtures.Live live = new PolicyFixtures.Live();
    private final PolicyFixtures.Events events = new PolicyFixtures.Events();
    private final ServiceAuthorizer authorizer = new ServiceAuthorizer(
            PolicyFixtures.authority(
                    PolicyFixtures.engine(live, THREADS, new CandidateReports(2), Clock.systemUTC()),
                    events,
                    Clock.systemUTC()),
            Clock.systemUTC());

    @AfterAll
    static void stop() {
        THREADS.shutdownNow();
    }

    @Test
    void thePoliciesOfTheTeamThatHasTheDatasetDecideAndTheAuditHasIt() {
        serveReports();

        Granted granted = authorizer
                .require(exchange("analyst"), "read", "Dataset", SALES)
                .blockOptional()
                .orElseThrow();

        assertThat(granted.resourceId()).isEqualTo("acme/reports/sales");
        Event event = events.kept.getFirst();
        assertThat(event.eventType()).isEqualTo("permission.checked");
        assertThat(event.data()).containsEntry("route", "platform/exports").containsEntry("action", "read");
    }

    @Test
    void whoIsNotPermittedIsRefusedAndTheAuditHasThatToo() {
        serveReports();

        assertRefused(ProblemType.FORBIDDEN, exchange("guest"), SALES);
        assertThat(events.kept).extracting(Event::eventType).containsExactly("permission.denied");
    }

    @Test
    void whatTheTeamOfTheDatasetHasNoPoliciesForCannotBeDecidedByOtherTeams() {
        serveReports();

        assertRefused(ProblemType.AUTHORIZATION_UNAVAILABLE, exchange("analyst"), ResourceId.parse("billing/invoices"));
    }

    @Test
    void nothingPassesThatTheAuditCannotTake() {
        serveReports();
        events.full = true;

        assertRefused(ProblemType.EVENTS_UNAVAILABLE, exchange("analyst"), SALES);
    }

    private void assertRefused(ProblemType type, ServerWebExchange exchange, ResourceId dataset) {
        assertThatExceptionOfType(ProblemException.class)
                .isThrownBy(() ->
                        authorizer.require(exchange, "read", "Dataset", dataset).block())
                .satisfies(refused -> assertThat(refused.problem().type()).isEqualTo(type));
    }

    private void serveReports() {
        live.serve(book(set().schema(PolicyFixtures.SCHEMA.replace("Report", "Dataset"))
                .policy("analysts-read", ANALYSTS_READ.replace("Report", "Dataset"))
                .resource()));
    }

    private static ServerWebExchange exchange(String role) {
        var exchange = MockServerWebExchange.from(MockServerHttpRequest.get("/api/v1/exports/stream"));
        Caller.KEY.put(exchange, caller("acme", "ana", role));
        RouteInfo.KEY.put(exchange, EXPORTS);
        return exchange;
    }
}
