package io.headgate.authz;

import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/**
 * Who an API key stands for, and until when.
 *
 * @param keyId names the key in the audit; with {@code hash} empty only until the key is first stored
 */
record ApiKeySpec(
        String tenant,
        String subject,
        Set<String> roles,
        Optional<String> plan,
        Set<String> scopes,
        Instant expires,
        Optional<String> keyId,
        Optional<SecretHash> hash) {

    ApiKeySpec {
        roles = Set.copyOf(roles);
        scopes = Set.copyOf(scopes);
    }
}
