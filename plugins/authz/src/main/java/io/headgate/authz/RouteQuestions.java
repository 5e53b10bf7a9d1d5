package io.headgate.authz;

import io.headgate.api.Caller;
import io.headgate.api.ClientIp;
import io.headgate.api.PathTemplate;
import io.headgate.api.RequestId;
import io.headgate.api.RouteInfo;
import io.headgate.authz.PolicyEntity.Address;
import io.headgate.authz.PolicyEntity.Ref;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpMethod;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.util.UriUtils;

/** Turns the requests of one route into questions. */
final class RouteQuestions implements Questions {

    static final String METHOD = "method";
    static final String PATH = "path";
    static final String IP = "ip";
    static final String TIME = "time";
    static final String TENANT = "tenant";
    static final String SCOPES = "scopes";
    static final String PLAN = "plan";
    static final String ROUTE = "route";
    static final String TEAM = "team";

    /** What every caller has; a plan is there only where the credential names one. */
    static final Set<String> PRINCIPAL_ATTRIBUTES = Set.of(TENANT, SCOPES);

    /** What stands for the resource's id where a request names none. */
    static final String COLLECTION = "*";

    private final RouteInfo route;
    private final String resourceType;
    private final List<Operation> narrowestFirst;
    private final boolean tenantInRoute;
    private final boolean needsSegments;
    private final Clock clock;

    RouteQuestions(AuthzSection section, RouteInfo route, Clock clock) {
        this.route = route;
        this.resourceType = section.resource().orElse("");
        this.narrowestFirst = narrowestFirst(section.operations());
        this.tenantInRoute = route.path().variableNames().contains(TENANT);
        this.needsSegments = tenantInRoute
                || section.operations().stream()
                        .anyMatch(operation -> !operation.path().equals(route.path())
                                || operation.id().isPresent());
        this.clock = clock;
    }

    /** Each before those that contain it; which one takes a request is then the first that does. */
    private static List<Operation> narrowestFirst(List<Operation> operations) {
        List<Operation> sorted = new ArrayList<>();
        List<Operation> rest = new ArrayList<>(operations);
        while (!rest.isEmpty()) {
            Operation next = rest.stream()
                    .filter(one -> rest.stream().noneMatch(other -> other.isMoreSpecificThan(one)))
                    .min(Comparator.comparing(rest::indexOf))
                    .orElseThrow();
            sorted.add(next);
            rest.remove(next);
        }
        return sorted;
    }

    /**
     * One request, as far as a decision needs it.
     *
     * @param team whose policies decide
     * @param foreign whether the path names another tenant than the caller's
     */
    record Asked(
            RouteInfo route,
            String team,
            Operation operation,
            Caller caller,
            String resourceType,
            String id,
            Map<String, String> variables,
            boolean foreign,
            ServerHttpRequest request,
            Optional<ClientIp> ip,
            String requestId,
            Clock clock)
            implements Inquiry {

        @Override
        public TeamPolicies policies(LivePolicies live) {
            return live.of(team);
        }

        @Override
        public boolean isRevoked(Revoked revoked, Instant now) {
            return revoked.concerns(caller, now);
        }

        @Override
        public String tenant() {
            return caller.tenant();
        }

        String resourceId() {
            return caller.tenant() + "/" + id;
        }

        @Override
        public DecisionKey key(TeamPolicies policies, long epoch) {
            PolicyReads reads = policies.reads();
            return new DecisionKey(
                    policies,
                    epoch,
                    new Principal(caller.tenant(), caller.subject(), caller.roles(), caller.plan(), caller.scopes()),
                    operation.action(),
                    new ResourceKey(
                            resourceType,
                            reads.resourceId() ? id : "",
                            reads.resource().contain(ROUTE) ? route.id().toString() : "",
                            variables.isEmpty() || !reads.resource().containAnyOf(variables.keySet())
                                    ? Map.of()
                                    : variables),
                    new Circumstances(
                            reads.context().contain(METHOD) ? method() : "",
                            reads.context().contain(PATH) ? path() : "",
                            reads.context().contain(IP) ? address() : ""));
        }

        @Override
        public Question question() {
            Map<String, Object> principal = new HashMap<>();
            principal.put(TENANT, caller.tenant());
            principal.put(SCOPES, List.copyOf(caller.scopes()));
            caller.plan().ifPresent(plan -> principal.put(PLAN, plan));
            Set<Ref> roles = caller.roles().stream()
                    .map(role -> new Ref(Question.ROLE, role))
                    .collect(Collectors.toSet());
            Map<String, Object> resource = new HashMap<>(variables);
            resource.put(TENANT, caller.tenant());
            resource.put(ROUTE, route.id().toString());
            resource.put(TEAM, team);
            return new Question(
                    new PolicyEntity(Question.USER, caller.tenant() + "/" + caller.subject(), principal, roles),
                    operation.action(),
                    new PolicyEntity(resourceType, resourceId(), resource, Set.of()),
                    context());
        }

        private Map<String, Object> context() {
            Map<String, Object> context = new HashMap<>();
            context.put(METHOD, method());
            context.put(PATH, path());
            context.put(TIME, Instant.now(clock));
            if (!address().isEmpty()) {
                context.put(IP, new Address(address()));
            }
            return context;
        }

        private String method() {
            return request.getMethod().name();
        }

        private String path() {
            return request.getURI().getRawPath();
        }

        private String address() {
            return ip.map(ClientIp::value).orElseGet(() -> addressOf(request.getRemoteAddress()));
        }

        private static String addressOf(@Nullable InetSocketAddress peer) {
            return peer == null || peer.getAddress() == null
                    ? ""
                    : peer.getAddress().getHostAddress();
        }
    }

    /** What a caller is to policies; two tokens of one subject that say the same get the same decision. */
    record Principal(String tenant, String subject, Set<String> roles, Optional<String> plan, Set<String> scopes) {}

    /** What a resource is to policies, within the tenant of the principal; what they do not look at is left empty. */
    record ResourceKey(String type, String id, String route, Map<String, ?> attributes) {}

    record Circumstances(String method, String path, String ip) {}

    @Override
    public Optional<Asked> ask(ServerWebExchange exchange, Caller caller) {
        ServerHttpRequest request = exchange.getRequest();
        String[] segments = needsSegments ? PathTemplate.split(request.getURI().getRawPath()) : new String[0];
        HttpMethod method = request.getMethod().equals(HttpMethod.HEAD) ? HttpMethod.GET : request.getMethod();
        for (Operation operation : narrowestFirst) {
            if (operation.takes(method) && (!needsSegments || operation.path().matches(segments))) {
                return Optional.of(asked(exchange, caller, operation, segments));
            }
        }
        return Optional.empty();
    }

    private Asked asked(ServerWebExchange exchange, Caller caller, Operation operation, String[] segments) {
        Map<String, String> variables = needsSegments ? operation.path().variables(segments) : Map.of();
        String id = operation.id().map(template -> id(template, variables)).orElse(COLLECTION);
        return new Asked(
                route,
                route.id().team(),
                operation,
                caller,
                resourceType,
                id,
                variables,
                namesAnotherTenant(caller, variables, segments),
                exchange.getRequest(),
                ClientIp.KEY.find(exchange),
                requestId(exchange),
                clock);
    }

    static String requestId(ServerWebExchange exchange) {
        return RequestId.KEY.find(exchange).map(RequestId::value).orElse("");
    }

    /** By the operation's path or by the route's, which may have the tenant at different places. */
    private boolean namesAnotherTenant(Caller caller, Map<String, String> variables, String[] segments) {
        return isAnother(variables.get(TENANT), caller)
                || tenantInRoute && isAnother(route.path().variables(segments).get(TENANT), caller);
    }

    private static boolean isAnother(@Nullable String named, Caller caller) {
        return named != null && !named.equals(caller.tenant());
    }

    /** As the backend will read it; what looks like the collection and is not stays apart from it. */
    private static String id(IdTemplate template, Map<String, String> variables) {
        String id = template.fill(variables);
        String plain = id.indexOf('%') < 0 ? id : UriUtils.decode(id, StandardCharsets.UTF_8);
        return plain.equals(COLLECTION) ? "%2A" : plain;
    }
}
