package io.headgate.authz;

import com.nimbusds.jose.JWSAlgorithm;
import io.headgate.api.AdminRole;
import java.net.URI;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/** @param audience what a token must be for to pass the edge */
@ConfigurationProperties("headgate.authz")
record AuthzProperties(
        @DefaultValue("headgate") String audience,
        @DefaultValue List<Issuer> issuers,
        @DefaultValue("30s") Duration clockSkew,
        @DefaultValue("8KB") DataSize maxTokenSize,
        @DefaultValue Tokens tokens,
        @DefaultValue Jwks jwks,
        @DefaultValue Policies policies,
        @DefaultValue Revocations revocations,
        @DefaultValue Served served) {

    AuthzProperties {
        require(!audience.isBlank(), "audience", audience, "not empty");
        requireBetween("clock-skew", clockSkew, Duration.ZERO, Duration.ofMinutes(5));
        requireBetween("max-token-size", maxTokenSize.toBytes(), 256, 65_536);
        issuers = List.copyOf(issuers);
        Set<String> names = new HashSet<>();
        for (Issuer issuer : issuers) {
            require(names.add(issuer.issuer()), "issuers", issuer.issuer(), "each once");
        }
    }

    /**
     * One that tokens are believed from.
     *
     * @param tenants those it may speak for; {@code *} for any
     */
    record Issuer(
            String issuer,
            URI jwksUri,
            @DefaultValue("headgate") Set<String> audiences,
            Set<String> tenants,

            @DefaultValue({"ES256", "ES384", "ES512", "PS256", "PS384", "PS512", "RS256", "RS384", "RS512"})
            Set<String> algorithms) {

        private static final Set<String> ALGORITHMS =
                Set.of("ES256", "ES384", "ES512", "PS256", "PS384", "PS512", "RS256", "RS384", "RS512");

        @SuppressWarnings("NullAway") // the binder leaves out what the settings leave out
        Issuer {
            require(issuer != null && !issuer.isBlank(), "issuer", issuer, "the iss of its tokens");
            require(isHttp(jwksUri), "jwks-uri", jwksUri, "an address with http or https");
            require(tenants != null && !tenants.isEmpty(), "tenants", tenants, "at least one, or '*'");
            require(!audiences.isEmpty(), "audiences", audiences, "at least one");
            require(
                    !algorithms.isEmpty() && ALGORITHMS.containsAll(algorithms),
                    "algorithms",
                    algorithms,
                    "some of " + new TreeSet<>(ALGORITHMS));
            audiences = Set.copyOf(audiences);
            tenants = Set.copyOf(tenants);
            algorithms = Set.copyOf(algorithms);
        }

        Set<JWSAlgorithm> jwsAlgorithms() {
            return algorithms.stream().map(JWSAlgorithm::parse).collect(java.util.stream.Collectors.toSet());
        }

        private static boolean isHttp(URI uri) {
            return uri != null
                    && uri.getHost() != null
                    && Set.of("http", "https").contains(uri.getScheme());
        }
    }

    /**
     * @param cacheTtl how long a proved token is believed without looking at its key again
     * @param verifierQueue tokens that may wait for a verifier; above that 503
     */
    record Tokens(
            @DefaultValue("100000") int cacheSize,
            @DefaultValue("5m") Duration cacheTtl,
            @DefaultValue("10000") int forgedCacheSize,
            @DefaultValue("10s") Duration forgedCacheTtl,
            @DefaultValue("2") int verifierThreads,
            @DefaultValue("1024") int verifierQueue) {

        Tokens {
            requireBetween("tokens.cache-size", cacheSize, 0, 10_000_000);
            requireBetween("tokens.cache-ttl", cacheTtl, Duration.ofSeconds(1), Duration.ofHours(1));
            requireBetween("tokens.forged-cache-size", forgedCacheSize, 0, 10_000_000);
            requireBetween("tokens.forged-cache-ttl", forgedCacheTtl, Duration.ofSeconds(1), Duration.ofMinutes(5));
            requireBetween("tokens.verifier-threads", verifierThreads, 1, 256);
            requireBetween("tokens.verifier-queue", verifierQueue, 1, 1_000_000);
        }
    }

    /**
     * @param coolDown the least time between two questions to one issuer, whatever keys tokens name
     * @param maxStale how long the last good keys serve while the issuer cannot be reached
     */
    record Jwks(
            @DefaultValue("5m") Duration refreshInterval,
            @DefaultValue("10s") Duration coolDown,
            @DefaultValue("1h") Duration maxStale,
            @DefaultValue("1s") Duration connectTimeout,
            @DefaultValue("3s") Duration timeout,
            @DefaultValue("256KB") DataSize maxSize,
            @DefaultValue("100") int maxKeys) {

        Jwks {
            requireBetween("jwks.cool-down", coolDown, Duration.ofMillis(100), Duration.ofMinutes(10));
            requireBetween("jwks.refresh-interval", refreshInterval, coolDown, Duration.ofDays(1));
            requireBetween("jwks.max-stale", maxStale, refreshInterval, Duration.ofDays(7));
            requireBetween("jwks.connect-timeout", connectTimeout, Duration.ofMillis(10), Duration.ofMinutes(1));
            requireBetween("jwks.timeout", timeout, Duration.ofMillis(10), Duration.ofMinutes(1));
            requireBetween("jwks.max-size", maxSize.toBytes(), 1024, 16_777_216);
            requireBetween("jwks.max-keys", maxKeys, 1, 10_000);
        }
    }

    /**
     * @param threads that decide what was not decided before
     * @param queue questions that may wait for one; above that 503
     * @param timeout how long a request waits for its decision; after that 503
     * @param maxDifferences kinds of differences that are kept of a set in the shadow
     * @param explainTo roles whose holders learn which policies refused them
     */
    record Policies(
            @DefaultValue("2") int threads,
            @DefaultValue("1024") int queue,
            @DefaultValue("1s") Duration timeout,
            @DefaultValue("50000") int cacheSize,
            @DefaultValue("60s") Duration cacheTtl,
            @DefaultValue("200") int maxDifferences,
            @DefaultValue("admin") Set<String> explainTo) {

        Policies {
            requireBetween("policies.threads", threads, 1, 256);
            requireBetween("policies.queue", queue, 1, 1_000_000);
            requireBetween("policies.timeout", timeout, Duration.ofMillis(10), Duration.ofMinutes(1));
            requireBetween("policies.cache-size", cacheSize, 0, 10_000_000);
            requireBetween("policies.cache-ttl", cacheTtl, Duration.ofSeconds(1), Duration.ofMinutes(10));
            requireBetween("policies.max-differences", maxDifferences, 1, 10_000);
            explainTo = Set.copyOf(explainTo);
        }
    }

    /** @param lifetime of a revocation that does not say its own; no token should live longer */
    record Revocations(@DefaultValue("30d") Duration lifetime) {
        Revocations {
            requireBetween("revocations.lifetime", lifetime, Duration.ofMinutes(1), Duration.ofDays(3650));
        }
    }

    /**
     * Decisions for services.
     *
     * @param audience what a token of a service must be for
     * @param baseUrl where services reach the AuthZEN endpoints; empty for wherever a request for the metadata was sent to
     * @param maxEvaluations of one request
     * @param maxConcurrent requests that are under way at once; above that 429
     * @param bodyTimeout from a request's head to the end of its body
     */
    record Served(
            @DefaultValue(AdminRole.AUDIENCE) String audience,
            @DefaultValue("") String baseUrl,
            @DefaultValue("100") int maxEvaluations,
            @DefaultValue("256") int maxConcurrent,
            @DefaultValue("128KB") DataSize maxBodySize,
            @DefaultValue("10s") Duration bodyTimeout) {

        Served {
            require(!audience.isBlank(), "served.audience", audience, "not empty");
            require(
                    baseUrl.isEmpty() || isBase(baseUrl),
                    "served.base-url",
                    baseUrl,
                    "an address with https or http, without a query or a fragment");
            requireBetween("served.max-evaluations", maxEvaluations, 1, 10_000);
            requireBetween("served.max-concurrent", maxConcurrent, 1, 100_000);
            requireBetween("served.max-body-size", maxBodySize.toBytes(), 1024, 16_777_216);
            requireBetween("served.body-timeout", bodyTimeout, Duration.ofMillis(100), Duration.ofMinutes(5));
        }

        private static boolean isBase(String text) {
            try {
                URI url = URI.create(text);
                return Issuer.isHttp(url) && url.getRawQuery() == null && url.getRawFragment() == null;
            } catch (IllegalArgumentException e) {
                return false;
            }
        }
    }

    private static <T extends Comparable<T>> void requireBetween(String setting, T value, T min, T max) {
        require(value.compareTo(min) >= 0 && value.compareTo(max) <= 0, setting, value, min + ".." + max);
    }

    private static void requireBetween(String setting, long value, long min, long max) {
        requireBetween(setting, Long.valueOf(value), Long.valueOf(min), Long.valueOf(max));
    }

    private static void require(boolean holds, String setting, Object value, String expectation) {
        if (!holds) {
            throw new IllegalArgumentException(
                    "headgate.authz." + setting + ": " + value + " (expected: " + expectation + ")");
        }
    }
}
