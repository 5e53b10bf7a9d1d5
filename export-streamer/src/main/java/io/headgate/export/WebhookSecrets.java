package io.headgate.export;

import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.OctetSequenceKey;
import io.headgate.api.KeyPurpose;
import io.headgate.api.KeyRing;
import java.time.Clock;
import java.time.Instant;
import java.util.Base64;
import java.util.Comparator;
import java.util.Date;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What notices are signed with: a secret of each tenant's own, made of the ring's key, so that no tenant can write in
 * the name of the gateway to another. While keys change a notice bears two signatures, of the new key and of the old.
 */
final class WebhookSecrets {

    private static final String PREFIX = "whsec_";
    private static final int AT_ONCE = 2;
    private static final Base64.Encoder BASE64 = Base64.getEncoder();

    private final KeyRing keys;
    private final Clock clock;

    WebhookSecrets(KeyRing keys, Clock clock) {
        this.keys = keys;
        this.clock = clock;
    }

    boolean canSign() {
        return !inForce().isEmpty();
    }

    /** As receivers write them down, the newest first; those whose time has not come included, to be known beforehand. */
    List<String> shown(String tenant) {
        return keys.all(KeyPurpose.WEBHOOK).stream()
                .sorted(Comparator.comparing(WebhookSecrets::startOf).reversed())
                .map(key -> PREFIX + BASE64.encodeToString(secret(key, tenant)))
                .toList();
    }

    /** The value of {@code webhook-signature}. */
    String sign(String tenant, String id, long timestamp, String body) {
        List<JWK> signing = inForce();
        if (signing.isEmpty()) {
            throw new IllegalStateException("no key for webhooks");
        }
        String content = id + "." + timestamp + "." + body;
        return signing.stream()
                .map(key -> "v1," + BASE64.encodeToString(Digests.hmac(secret(key, tenant), content)))
                .collect(Collectors.joining(" "));
    }

    private List<JWK> inForce() {
        Instant now = clock.instant();
        return keys.all(KeyPurpose.WEBHOOK).stream()
                .filter(key -> !startOf(key).isAfter(now))
                .sorted(Comparator.comparing(WebhookSecrets::startOf).reversed())
                .limit(AT_ONCE)
                .toList();
    }

    private static byte[] secret(JWK key, String tenant) {
        if (!(key instanceof OctetSequenceKey ring)) {
            throw new IllegalStateException("key " + key.getKeyID() + " (expected: a secret)");
        }
        return Digests.hmac(ring.toByteArray(), "webhook of " + tenant);
    }

    private static Instant startOf(JWK key) {
        Date notBefore = key.getNotBeforeTime();
        return notBefore == null ? Instant.EPOCH : notBefore.toInstant();
    }
}
