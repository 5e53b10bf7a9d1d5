package io.headgate.gateway.admin;

import static org.springframework.http.HttpMethod.DELETE;
import static org.springframework.http.HttpMethod.GET;
import static org.springframework.http.HttpMethod.HEAD;
import static org.springframework.http.HttpMethod.POST;
import static org.springframework.http.HttpMethod.PUT;

import io.headgate.api.Problem;
import io.headgate.gateway.registry.Actor;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.springframework.http.HttpMethod;
import org.springframework.web.reactive.function.server.RequestPredicates;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/** The API's table: every path, the methods that it takes, and who answers. */
final class AdminRoutes {

    static final String ROOT = "/admin/v1";

    private static final String RESOURCE = "/{kind}/{team}/{name}";

    private final AdminGate gate;
    private final ResourceEndpoints resources;
    private final InsightEndpoints insight;
    private final PolicyEndpoints policies;
    private final AuditEndpoints audit;
    private final LimitEndpoints limits;
    private final ReplicaEndpoints replicas;
    private final FilterEndpoints filters;

    AdminRoutes(
            AdminGate gate,
            ResourceEndpoints resources,
            InsightEndpoints insight,
            PolicyEndpoints policies,
            AuditEndpoints audit,
            LimitEndpoints limits,
            ReplicaEndpoints replicas,
            FilterEndpoints filters) {
        this.gate = gate;
        this.resources = resources;
        this.insight = insight;
        this.policies = policies;
        this.audit = audit;
        this.limits = limits;
        this.replicas = replicas;
        this.filters = filters;
    }

    /** What answers, once it is known who asks. */
    private interface Endpoint {
        Mono<ServerResponse> answer(ServerRequest request, Actor actor);
    }

    RouterFunction<ServerResponse> table() {
        return at("/status", Map.of(GET, insight::status))
                .and(at("/explain", Map.of(GET, insight::explain)))
                .and(at("/validate", Map.of(POST, insight::validate)))
                .and(at("/{kind:revocations}", Map.of(GET, resources::list, POST, policies::revoke)))
                .and(at("/policy-sets/{team}/{name}/differences", Map.of(GET, policies::differences)))
                .and(at("/routes/{team}/{name}/legacy-decisions", Map.of(GET, policies::legacyDecisions)))
                .and(at("/audit", Map.of(GET, audit::list)))
                .and(at("/audit/verify", Map.of(POST, audit::verify)))
                .and(at("/limits/usage", Map.of(GET, limits::usage)))
                .and(at("/rate-limits/{team}/{name}/simulate", Map.of(POST, limits::simulate)))
                .and(at("/replicas", Map.of(GET, replicas::list)))
                .and(at("/replicas/{database}/{replica}/drain", Map.of(POST, replicas::drain)))
                .and(at("/replicas/{database}/{replica}/undrain", Map.of(POST, replicas::undrain)))
                .and(at("/filters/explain", Map.of(POST, filters::explain)))
                .and(at("/{kind}", Map.of(GET, resources::list)))
                .and(at(RESOURCE, Map.of(GET, resources::get, PUT, resources::put, DELETE, resources::delete)))
                .and(at(RESOURCE + "/status", Map.of(GET, insight::applied)))
                .and(at(RESOURCE + "/versions", Map.of(GET, resources::versions)))
                .and(at(RESOURCE + "/rollback", Map.of(POST, resources::rollback)));
    }

    private RouterFunction<ServerResponse> at(String path, Map<HttpMethod, Endpoint> endpoints) {
        return RouterFunctions.route(
                RequestPredicates.path(ROOT + path),
                request -> gate.enter(
                        request, actor -> endpoint(request, endpoints).answer(request, actor)));
    }

    private static Endpoint endpoint(ServerRequest request, Map<HttpMethod, Endpoint> endpoints) {
        HttpMethod method = request.method().equals(HEAD) ? GET : request.method();
        Endpoint endpoint = endpoints.get(method);
        if (endpoint == null) {
            throw new Problem.MethodNotAllowed(allowed(endpoints.keySet())).asException();
        }
        return endpoint;
    }

    private static Set<HttpMethod> allowed(Set<HttpMethod> methods) {
        Set<HttpMethod> allowed = new TreeSet<>(methods);
        if (methods.contains(GET)) {
            allowed.add(HEAD);
        }
        return allowed;
    }
}
