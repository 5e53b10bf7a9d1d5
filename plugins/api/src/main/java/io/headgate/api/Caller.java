package io.headgate.api;

import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/**
 * Who calls, as proved by a credential. A route that is public has none.
 *
 * @param credentialId the token's or API key's id, for revocations and the audit; never the secret itself
 */
public record Caller(
        String tenant,
        String subject,
        Set<String> roles,
        Optional<String> plan,
        Set<String> scopes,
        Set<String> teams,
        Set<String> audiences,
        String credentialId,
        Instant expiresAt) {

    public static final ExchangeKey<Caller> KEY = ExchangeKey.of(Caller.class);

    public Caller {
        if (tenant.isEmpty() || subject.isEmpty()) {
            throw new IllegalArgumentException("tenant: '" + tenant + "', subject: '" + subject + "' (expected: both)");
        }
        roles = Set.copyOf(roles);
        scopes = Set.copyOf(scopes);
        teams = Set.copyOf(teams);
        audiences = Set.copyOf(audiences);
    }
}
