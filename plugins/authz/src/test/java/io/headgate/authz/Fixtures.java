package io.headgate.authz;

import com.nimbusds.jose.JWSAlgorithm;
import io.headgate.authz.AuthzProperties.Jwks;
import io.headgate.authz.AuthzProperties.Tokens;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.springframework.util.unit.DataSize;
import reactor.core.publisher.Mono;

/** Settings with their defaults, and issuers whose keys come straight out of the test's hands. */
final class Fixtures {

    static final Jwks JWKS = new Jwks(
            Duration.ofMinutes(5),
            Duration.ofSeconds(10),
            Duration.ofHours(1),
            Duration.ofSeconds(1),
            Duration.ofSeconds(3),
            DataSize.ofKilobytes(256),
            100);
    static final Tokens TOKENS = new Tokens(1000, Duration.ofMinutes(5), 1000, Duration.ofSeconds(10), 2, 1024);
    static final AuthzProperties.Policies POLICIES = new AuthzProperties.Policies(
            2, 64, Duration.ofSeconds(10), 1000, Duration.ofSeconds(60), 3, Set.of("admin"));
    static final AuthzProperties.Revocations REVOCATIONS = new AuthzProperties.Revocations(Duration.ofDays(30));
    static final AuthzProperties.Served SERVED =
            new AuthzProperties.Served("headgate-admin", "", 5, 100, DataSize.ofKilobytes(4), Duration.ofSeconds(5));
    static final AuthzProperties PROPERTIES = new AuthzProperties(
            "headgate",
            List.of(),
            Duration.ofSeconds(30),
            DataSize.ofKilobytes(8),
            TOKENS,
            JWKS,
            POLICIES,
            REVOCATIONS,
            SERVED);
    static final Set<JWSAlgorithm> ALGORITHMS = Set.of(JWSAlgorithm.ES256, JWSAlgorithm.RS256, JWSAlgorithm.PS256);

    private Fixtures() {}

    static AuthzMetrics metrics() {
        return new AuthzMetrics(new SimpleMeterRegistry());
    }

    static IssuerKeys keys(String issuer, JwksSource source, Clock clock) {
        return new IssuerKeys(issuer, source, JWKS, clock, metrics().jwks(0, clock));
    }

    static TrustedIssuer trusting(TestIssuer issuer, Clock clock, String... tenants) {
        IssuerKeys keys = keys(issuer.issuer(), () -> Mono.fromSupplier(issuer::jwks), clock);
        keys.refresh().block();
        return new TrustedIssuer(issuer.issuer(), Set.of("headgate"), Set.of(tenants), ALGORITHMS, keys);
    }

    /** A source that counts how often it was asked. */
    static final class CountingSource implements JwksSource {
        private final Supplier<Mono<String>> answers;
        private final AtomicInteger questions = new AtomicInteger();

        CountingSource(Supplier<Mono<String>> answers) {
            this.answers = answers;
        }

        @Override
        public Mono<String> fetch() {
            questions.incrementAndGet();
            return answers.get();
        }

        int questions() {
            return questions.get();
        }
    }
}
