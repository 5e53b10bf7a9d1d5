package io.headgate.export;

import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.OctetSequenceKey;
import io.headgate.api.KeyPurpose;
import io.headgate.api.KeyRing;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;
import java.util.UUID;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * Links that prove by themselves who may have which file, for a short while. A token is {@code key id . content . MAC};
 * nothing of the content is read before the MAC over its literal characters is right.
 */
final class SignedLinks {

    /** @param subject to whom the link was given */
    record Grant(UUID export, String tenant, String subject) {}

    private static final int MAX_LENGTH = 2_048;
    private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();
    private static final Base64.Decoder DECODER = Base64.getUrlDecoder();

    private final KeyRing keys;
    private final Clock clock;
    private final Duration lifetime;

    SignedLinks(KeyRing keys, Clock clock, Duration lifetime) {
        this.keys = keys;
        this.clock = clock;
        this.lifetime = lifetime;
    }

    /** Empty where there is no key to sign with. */
    Optional<String> token(Grant grant) {
        return keys.current(KeyPurpose.SIGNED_URL).map(key -> {
            String content = Job.JSON.writeValueAsString(Job.JSON
                    .createArrayNode()
                    .add(clock.instant().plus(lifetime).getEpochSecond())
                    .add(grant.export().toString())
                    .add(grant.tenant())
                    .add(grant.subject()));
            String clear = encoded(key.getKeyID().getBytes(StandardCharsets.UTF_8)) + "."
                    + encoded(content.getBytes(StandardCharsets.UTF_8));
            return clear + "." + encoded(mac(key, clear));
        });
    }

    /** Empty for whatever is not a link of ours, of this export, in its time: which of them is nobody's business. */
    Optional<Grant> open(UUID export, String token) {
        int end = token.lastIndexOf('.');
        int dot = token.indexOf('.');
        if (token.length() > MAX_LENGTH || dot <= 0 || end <= dot) {
            return Optional.empty();
        }
        try {
            String clear = token.substring(0, end);
            String keyId = new String(DECODER.decode(token.substring(0, dot)), StandardCharsets.UTF_8);
            return keys.find(KeyPurpose.SIGNED_URL, keyId)
                    .filter(key -> MessageDigest.isEqual(
                            encoded(mac(key, clear)).getBytes(StandardCharsets.US_ASCII),
                            token.substring(end + 1).getBytes(StandardCharsets.UTF_8)))
                    .map(key -> Job.JSON.readTree(DECODER.decode(token.substring(dot + 1, end))))
                    .filter(content ->
                            Instant.ofEpochSecond(content.get(0).longValue()).isAfter(clock.instant()))
                    .map(SignedLinks::grant)
                    .filter(grant -> grant.export().equals(export));
        } catch (IllegalArgumentException | JacksonException e) {
            return Optional.empty();
        }
    }

    private static Grant grant(JsonNode content) {
        return new Grant(
                UUID.fromString(content.get(1).stringValue()),
                content.get(2).stringValue(),
                content.get(3).stringValue());
    }

    private static byte[] mac(JWK key, String clear) {
        if (!(key instanceof OctetSequenceKey secret)) {
            throw new IllegalArgumentException("key " + key.getKeyID() + " (expected: a secret)");
        }
        return Digests.hmac(secret.toByteArray(), "file " + clear);
    }

    private static String encoded(byte[] bytes) {
        return ENCODER.encodeToString(bytes);
    }
}
