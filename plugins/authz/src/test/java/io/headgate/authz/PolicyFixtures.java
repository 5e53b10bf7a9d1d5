package io.headgate.authz;

import io.headgate.api.Caller;
import io.headgate.api.Event;
import io.headgate.api.EventIds;
import io.headgate.api.EventLog;
import io.headgate.api.FakeSnapshot;
import io.headgate.api.PathTemplate;
import io.headgate.api.Problem;
import io.headgate.api.ProblemType;
import io.headgate.api.Resource;
import io.headgate.api.ResourceId;
import io.headgate.api.RouteInfo;
import io.headgate.api.TeamSpec;
import io.headgate.authz.AuthorizeFilter.Authority;
import io.headgate.authz.PolicyEntity.Ref;
import io.headgate.authz.PolicySetSpec.Source;
import io.headgate.authz.PolicySetSpec.State;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;

/** The reports of a team, who may do what with them, and an audit that remembers or refuses. */
final class PolicyFixtures {

    static final String SCHEMA = """
            entity Role;
            entity User in [Role] { tenant: String, plan?: String, scopes: Set<String> };
            entity Report { tenant: String, route: String, team: String };
            action read, create, delete appliesTo {
              principal: [User], resource: [Report],
              context: { method: String, path: String, ip?: ipaddr, time: datetime }
            };
            """;
    static final String ANALYSTS_READ =
            "permit(principal in Role::\"analyst\", action == Action::\"read\", resource is Report);";

    private PolicyFixtures() {}

    static final class SetBuilder {
        private String team = "reports";
        private String name = "reports";
        private long version = 1;
        private String schema = SCHEMA;
        private State state = State.ACTIVE;
        private Optional<String> replaces = Optional.empty();
        private Set<String> tenantless = Set.of();
        private Set<String> accepts = Set.of();
        private Optional<String> force = Optional.empty();
        private final Map<String, String> policies = new LinkedHashMap<>();

        SetBuilder team(String team) {
            this.team = team;
            return this;
        }

        SetBuilder name(String name) {
            this.name = name;
            return this;
        }

        SetBuilder version(long version) {
            this.version = version;
            return this;
        }

        SetBuilder schema(String schema) {
            this.schema = schema;
            return this;
        }

        SetBuilder shadow() {
            this.state = State.SHADOW;
            return this;
        }

        SetBuilder replaces(String name) {
            this.replaces = Optional.of(name);
            return this;
        }

        SetBuilder tenantless(String... type) {
            this.tenantless = Set.copyOf(List.of(type));
            return this;
        }

        SetBuilder accepts(String policy) {
            this.accepts = Set.of(policy);
            return this;
        }

        SetBuilder force(String reason) {
            this.force = Optional.of(reason);
            return this;
        }

        SetBuilder policy(String id, String source) {
            policies.put(id, source);
            return this;
        }

        Resource<PolicySetSpec> resource() {
            List<Source> sources = new ArrayList<>();
            policies.forEach((id, source) -> sources.add(new Source(id, source)));
            return new Resource<>(
                    "PolicySet",
                    new ResourceId(team, name),
                    version,
                    Resource.Origin.API,
                    new PolicySetSpec(schema, sources, state, tenantless, replaces, accepts, force));
        }

        CompiledPolicySet compiled() {
            return CompiledPolicySet.of(resource());
        }
    }

    static SetBuilder set() {
        return new SetBuilder();
    }

    static Resource<TeamSpec> team(String name, String... resources) {
        return new Resource<>(
                "Team",
                new ResourceId("platform", name),
                1,
                Resource.Origin.API,
                new TeamSpec(List.of(), List.of(), Set.of(resources), Set.of()));
    }

    @SafeVarargs
    static FakeSnapshot snapshot(Resource<PolicySetSpec>... sets) {
        FakeSnapshot snapshot = new FakeSnapshot()
                .with(TeamSpec.class, team("reports", "Report"))
                .with(TeamSpec.class, team("bills", "Bill"));
        for (Resource<PolicySetSpec> set : sets) {
            snapshot.with(PolicySetSpec.class, set);
        }
        return snapshot;
    }

    @SafeVarargs
    static PolicyBook book(Resource<PolicySetSpec>... sets) {
        return new PolicyView(new CandidateReports(10)).derive(Optional.empty(), snapshot(sets));
    }

    static Caller caller(String tenant, String subject, String... roles) {
        return new Caller(
                tenant,
                subject,
                new HashSet<>(List.of(roles)),
                Optional.empty(),
                Set.of(),
                Set.of(),
                Set.of("headgate"),
                "token-of-" + subject,
                Instant.parse("2027-01-01T00:00:00Z"));
    }

    static Question question(String principal, String role, String action, String report) {
        String tenant = principal.substring(0, principal.indexOf('/'));
        return new Question(
                new PolicyEntity(
                        "User",
                        principal,
                        Map.of("tenant", tenant, "scopes", List.of()),
                        Set.of(new Ref("Role", role))),
                action,
                new PolicyEntity(
                        "Report",
                        report,
                        Map.of("tenant", tenant, "route", "reports/api", "team", "reports"),
                        Set.of()),
                Map.of("method", "GET", "path", "/api/reports/1", "time", Instant.parse("2026-11-21T12:00:00Z")));
    }

    static final RouteInfo ROUTE = new RouteInfo(
            new ResourceId("reports", "api"), Optional.empty(), PathTemplate.parse("/api/reports/**"), Set.of());

    static AuthzSection section(AuthzMode mode) {
        PathTemplate one = PathTemplate.parse("/api/reports/{id}");
        return new AuthzSection(
                mode,
                Optional.of("Report"),
                List.of(
                        new Operation(Set.of(), ROUTE.path(), "read", Optional.empty(), true),
                        new Operation(
                                Set.of(org.springframework.http.HttpMethod.DELETE),
                                one,
                                "delete",
                                Optional.of(IdTemplate.parse("{id}")),
                                false),
                        new Operation(Set.of(), one, "read", Optional.of(IdTemplate.parse("{id}")), true)));
    }

    /** What decides, as a test says. */
    static final class Live implements LivePolicies {
        private volatile PolicyBook book = book();
        private volatile Revoked revoked = Revoked.NOTHING;

        void serve(PolicyBook next) {
            book = next;
        }

        void revoke(Revoked next) {
            revoked = next;
        }

        @Override
        public TeamPolicies of(String team) {
            return book.of(team);
        }

        @Override
        public TeamPolicies owning(PolicyEntity resource) {
            return book.owning(resource);
        }

        @Override
        public Revoked revoked() {
            return revoked;
        }
    }

    /** An audit that remembers, or takes nothing. */
    static final class Events implements EventLog {
        final List<Event> kept = new ArrayList<>();
        boolean full;

        @Override
        public void append(Event event) {
            if (full) {
                throw Problem.tryLater(ProblemType.EVENTS_UNAVAILABLE, "full", Duration.ofSeconds(1))
                        .asException();
            }
            kept.add(event);
        }
    }

    static PolicyEngine engine(LivePolicies live, Executor threads, CandidateReports reports, Clock clock) {
        return new PolicyEngine(live, threads, reports, Fixtures.metrics(), clock, Fixtures.POLICIES);
    }

    /** Of one instance alone. */
    static LegacyReports legacy(LivePolicies live) {
        return new LegacyReports(
                live,
                Optional::empty,
                new MigrationProperties(Duration.ofSeconds(1), 1, Duration.ZERO, 1, 0, 1, 1),
                Fixtures.metrics(),
                Clock.systemUTC());
    }

    static Authority authority(LivePolicies live, EventLog events) {
        Clock clock = Clock.systemUTC();
        return authority(engine(live, Runnable::run, new CandidateReports(10), clock), events, clock);
    }

    static Authority authority(PolicyEngine engine, EventLog events, Clock clock) {
        return new Authority(
                engine, new DecisionLog(() -> events, new EventIds(clock), clock), Fixtures.metrics(), Set.of("admin"));
    }
}
