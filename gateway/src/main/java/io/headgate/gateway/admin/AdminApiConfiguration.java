package io.headgate.gateway.admin;

import io.headgate.api.RequestId;
import io.headgate.authz.AuthZen;
import io.headgate.authz.Authenticator;
import io.headgate.authz.CandidateReports;
import io.headgate.authz.LegacyReports;
import io.headgate.gateway.datasets.DatasetExplainer;
import io.headgate.gateway.edge.RouteExplainer;
import io.headgate.gateway.events.AuditStore;
import io.headgate.gateway.events.EventPipeline;
import io.headgate.gateway.registry.Registry;
import io.headgate.ratelimit.LimitInsight;
import io.headgate.reads.ReplicaInsight;
import java.util.UUID;
import org.springframework.context.annotation.Bean;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.ServerResponse;

/**
 * The admin API in the context of the management port, beside the actuator, which takes in this class by
 * {@code ManagementContextConfiguration.imports}. It carries no annotation of a configuration, since the application's
 * own scan would take it in as well. Router functions and filters are looked for in this context; the one problem handler
 * is found in the application that stands above it.
 */
class AdminApiConfiguration {

    @Bean
    RequestIdFilter managementRequestIdFilter() {
        return new RequestIdFilter(() -> new RequestId(UUID.randomUUID().toString()));
    }

    @Bean
    HomeboundExchanges homeboundExchanges() {
        return new HomeboundExchanges();
    }

    @Bean
    RouterFunction<ServerResponse> adminRoutes(
            Registry registry,
            RouteExplainer explainer,
            CandidateReports candidates,
            LegacyReports legacy,
            Authenticator authenticator,
            AuditStore audit,
            EventPipeline events,
            LimitInsight limits,
            ReplicaInsight replicas,
            DatasetExplainer datasets,
            AdminProperties properties) {
        var bodies = new Bodies(registry.documents(), properties.bodyTimeout());
        var writes = new Slots(properties.maxConcurrentWrites());
        var dryRuns = new Slots(properties.maxConcurrentDryRuns());
        return new AdminRoutes(
                        new AdminGate(authenticator, bodies),
                        new ResourceEndpoints(registry, bodies, writes, properties.pageSize()),
                        new InsightEndpoints(registry, explainer, events, limits, bodies, dryRuns),
                        new PolicyEndpoints(registry, candidates, legacy, bodies, writes),
                        new AuditEndpoints(audit, properties.pageSize(), new Slots(1)),
                        new LimitEndpoints(registry, limits, bodies, dryRuns),
                        new ReplicaEndpoints(registry, replicas, writes),
                        new FilterEndpoints(datasets, bodies, dryRuns))
                .table();
    }

    @Bean
    RouterFunction<ServerResponse> authZenRoutes(AuthZen authZen) {
        return authZen.routes();
    }
}
