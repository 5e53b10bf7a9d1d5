package io.headgate.authz;

import io.headgate.api.Authorizer;
import io.headgate.api.EventIds;
import io.headgate.api.EventLog;
import io.headgate.api.Findings;
import io.headgate.api.HeadgateApiAutoConfiguration;
import io.headgate.api.LiveConfig;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.util.function.SingletonSupplier;

/** Authentication and authorization, for the gateway and for any Spring Cloud Gateway application. */
@AutoConfiguration(after = HeadgateApiAutoConfiguration.class)
@EnableConfigurationProperties({AuthzProperties.class, MigrationProperties.class})
public class AuthzAutoConfiguration {

    @Bean
    AuthzMetrics authzMetrics(ObjectProvider<MeterRegistry> registry) {
        return new AuthzMetrics(registry.getIfAvailable(CompositeMeterRegistry::new));
    }

    @Bean
    TrustedIssuers trustedIssuers(AuthzProperties properties, Clock clock, AuthzMetrics metrics) {
        List<TrustedIssuer> issuers = new ArrayList<>();
        for (AuthzProperties.Issuer issuer : properties.issuers()) {
            var source = new HttpJwksSource(issuer.jwksUri(), properties.jwks());
            var keys = new IssuerKeys(
                    issuer.issuer(), source, properties.jwks(), clock, metrics.jwks(issuers.size(), clock));
            issuers.add(new TrustedIssuer(
                    issuer.issuer(), issuer.audiences(), issuer.tenants(), issuer.jwsAlgorithms(), keys));
        }
        return new TrustedIssuers(issuers);
    }

    @Bean
    KeyRefresher keyRefresher(TrustedIssuers issuers, AuthzProperties properties) {
        return new KeyRefresher(
                issuers.all().stream().map(TrustedIssuer::keys).toList(),
                properties.jwks().coolDown());
    }

    @Bean
    VerifierPool verifierPool(AuthzProperties properties) {
        return new VerifierPool(
                properties.tokens().verifierThreads(), properties.tokens().verifierQueue());
    }

    @Bean
    ApiKeyKind apiKeyKind(Clock clock) {
        return new ApiKeyKind(clock, new SecureRandom());
    }

    @Bean
    ApiKeyView apiKeyView(AuthzProperties properties) {
        return new ApiKeyView(properties.audience());
    }

    /** The registry is asked for at the first key, because it is made of the kinds and views that stand here. */
    @Bean
    ApiKeys apiKeys(ObjectProvider<LiveConfig> registry, ApiKeyView view) {
        SingletonSupplier<LiveConfig> live = SingletonSupplier.ofNullable(registry::getIfAvailable);
        return hash ->
                Optional.ofNullable(live.get()).map(config -> config.view(view)).map(callers -> callers.get(hash));
    }

    @Bean
    @ConditionalOnMissingBean
    Authenticator authenticator(
            TrustedIssuers issuers,
            VerifierPool pool,
            ApiKeys apiKeys,
            LivePolicies live,
            AuthzMetrics metrics,
            Clock clock,
            AuthzProperties properties) {
        return new CredentialAuthenticator(
                new JwtVerifier(issuers.all(), clock, properties.clockSkew()),
                pool,
                new TokenCache(properties.tokens(), clock),
                apiKeys,
                live::revoked,
                metrics,
                clock,
                properties);
    }

    @Bean
    AuthenticateFilter authenticateFilter(Authenticator authenticator, AuthzProperties properties) {
        return new AuthenticateFilter(authenticator, properties.audience());
    }

    @Bean
    CandidateReports candidateReports(ObjectProvider<Findings> findings, AuthzProperties properties, Clock clock) {
        return new CandidateReports(properties.policies().maxDifferences(), shared(findings), clock);
    }

    /** Asked for late: what keeps findings may be made of the kinds and views that stand here. */
    private static Supplier<Optional<Findings>> shared(ObjectProvider<Findings> findings) {
        SingletonSupplier<Findings> store = SingletonSupplier.ofNullable(findings::getIfAvailable);
        return () -> Optional.ofNullable(store.get());
    }

    @Bean
    LegacyReports legacyReports(
            LivePolicies live,
            ObjectProvider<Findings> findings,
            MigrationProperties properties,
            AuthzMetrics metrics,
            Clock clock) {
        return new LegacyReports(live, shared(findings), properties, metrics, clock);
    }

    @Bean
    ReportKeeper reportKeeper(
            ObjectProvider<Findings> findings,
            CandidateReports candidates,
            LegacyReports legacy,
            MigrationProperties properties) {
        return new ReportKeeper(
                shared(findings),
                () -> Stream.concat(candidates.all().stream(), legacy.all().stream())
                        .<Shared<?>>map(shared -> shared)
                        .toList(),
                properties.reportInterval());
    }

    @Bean
    PolicySetKind policySetKind(CandidateReports reports) {
        return new PolicySetKind(reports);
    }

    @Bean
    PolicyView policyView(CandidateReports reports) {
        return new PolicyView(reports);
    }

    @Bean
    RevocationKind revocationKind(Clock clock, AuthzProperties properties) {
        return new RevocationKind(clock, properties.revocations().lifetime());
    }

    @Bean
    RevocationView revocationView() {
        return new RevocationView();
    }

    /** Without a registry nothing is known, and nothing is decided. */
    @Bean
    LivePolicies livePolicies(ObjectProvider<LiveConfig> registry, PolicyView policies, RevocationView revocations) {
        return new RegistryPolicies(SingletonSupplier.ofNullable(registry::getIfAvailable), policies, revocations);
    }

    @Bean(destroyMethod = "shutdownNow")
    ExecutorService policyThreads(AuthzProperties properties) {
        return BoundedThreads.of(
                "policies",
                properties.policies().threads(),
                properties.policies().queue());
    }

    @Bean
    PolicyEngine policyEngine(
            LivePolicies live,
            @Qualifier("policyThreads") ExecutorService threads,
            CandidateReports reports,
            AuthzMetrics metrics,
            Clock clock,
            AuthzProperties properties) {
        return new PolicyEngine(live, threads, reports, metrics, clock, properties.policies());
    }

    @Bean
    @ConditionalOnMissingBean(EventLog.class)
    EventLog loggedEvents() {
        return new LoggedEvents();
    }

    @Bean
    AuthorizeFilter.Authority authority(
            PolicyEngine engine,
            ObjectProvider<EventLog> events,
            AuthzMetrics metrics,
            Clock clock,
            AuthzProperties properties) {
        return new AuthorizeFilter.Authority(
                engine,
                new DecisionLog(SingletonSupplier.of(events::getObject), new EventIds(clock), clock),
                metrics,
                properties.policies().explainTo());
    }

    @Bean
    Askers askers(Authenticator authenticator, AuthzProperties properties) {
        return new Askers(authenticator, properties.served().audience());
    }

    @Bean
    Evaluations evaluations(
            LivePolicies live, AuthorizeFilter.Authority authority, Clock clock, AuthzProperties properties) {
        return new Evaluations(live, authority, clock, properties.policies().threads(), properties.served());
    }

    @Bean
    AuthZen authZen(Askers askers, Evaluations evaluations, AuthzProperties properties) {
        return new AuthZen(askers, evaluations, properties.served());
    }

    @Bean
    Authorizer authorizer(AuthorizeFilter.Authority authority, Clock clock) {
        return new ServiceAuthorizer(authority, clock);
    }

    @Bean
    AuthzRouteStep authzRouteStep(
            AuthenticateFilter authenticate, AuthorizeFilter.Authority authority, LegacyReports legacy, Clock clock) {
        return new AuthzRouteStep(authenticate, authority, legacy, clock);
    }

    @Bean
    AuthzGatewayFilterFactory authzGatewayFilterFactory(
            AuthenticateFilter authenticate, AuthorizeFilter.Authority authority, Clock clock) {
        return new AuthzGatewayFilterFactory(authenticate, authority, clock);
    }
}
