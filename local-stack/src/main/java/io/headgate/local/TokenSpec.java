package io.headgate.local;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What a demo token says.
 *
 * @param audiences none: what the roles ask for
 * @param issuer none: the issuer that signs
 * @param notBefore how far from now it begins to hold
 * @param ttl how long it holds from then on; negative makes one that has expired
 */
public record TokenSpec(
        String tenant,
        String subject,
        List<String> roles,
        List<String> teams,
        Optional<String> plan,
        List<String> scopes,
        List<String> audiences,
        Optional<String> issuer,
        Duration notBefore,
        Duration ttl) {

    static final String EDGE_AUDIENCE = "headgate";
    static final String ADMIN_AUDIENCE = "headgate-admin";
    private static final Set<String> ADMIN_ROLES = Set.of("team-writer", "sre", "auditor", "service", "platform-admin");
    private static final Duration TTL = Duration.ofHours(1);

    public TokenSpec {
        if (tenant.isBlank() || subject.isBlank()) {
            throw new IllegalArgumentException("tenant: '" + tenant + "', subject: '" + subject + "' (expected: both)");
        }
        roles = List.copyOf(roles);
        teams = List.copyOf(teams);
        scopes = List.copyOf(scopes);
        audiences = audiences.isEmpty() ? audiencesOf(roles) : List.copyOf(audiences);
    }

    public static TokenSpec of(String tenant, String subject, String... roles) {
        return new TokenSpec(
                tenant,
                subject,
                List.of(roles),
                List.of(),
                Optional.empty(),
                List.of(),
                List.of(),
                Optional.empty(),
                Duration.ZERO,
                TTL);
    }

    public TokenSpec withTeams(String... newTeams) {
        return new TokenSpec(
                tenant, subject, roles, List.of(newTeams), plan, scopes, audiences, issuer, notBefore, ttl);
    }

    public TokenSpec withPlan(String newPlan) {
        return new TokenSpec(
                tenant, subject, roles, teams, Optional.of(newPlan), scopes, audiences, issuer, notBefore, ttl);
    }

    public TokenSpec withScopes(String... newScopes) {
        return new TokenSpec(
                tenant, subject, roles, teams, plan, List.of(newScopes), audiences, issuer, notBefore, ttl);
    }

    public TokenSpec withAudiences(String... newAudiences) {
        return new TokenSpec(
                tenant, subject, roles, teams, plan, scopes, List.of(newAudiences), issuer, notBefore, ttl);
    }

    public TokenSpec withIssuer(String newIssuer) {
        return new TokenSpec(
                tenant, subject, roles, teams, plan, scopes, audiences, Optional.of(newIssuer), notBefore, ttl);
    }

    public TokenSpec withTimes(Duration newNotBefore, Duration newTtl) {
        return new TokenSpec(tenant, subject, roles, teams, plan, scopes, audiences, issuer, newNotBefore, newTtl);
    }

    private static List<String> audiencesOf(List<String> roles) {
        return roles.stream().anyMatch(ADMIN_ROLES::contains)
                ? List.of(EDGE_AUDIENCE, ADMIN_AUDIENCE)
                : List.of(EDGE_AUDIENCE);
    }
}
