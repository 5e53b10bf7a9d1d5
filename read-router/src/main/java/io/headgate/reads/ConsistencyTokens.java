package io.headgate.reads;

import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.OctetSequenceKey;
import io.headgate.api.KeyPurpose;
import io.headgate.api.KeyRing;
import io.headgate.reads.ReadsMetrics.Verdict;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Writes down what a caller saw, and reads it back. A token belongs to a tenant: whoever of it holds the token sees what
 * it tells of. What cannot be believed is never an error; it makes the read a strong one.
 *
 * <pre>version 1 | key 4 | tenant 4 | issued at 4 | (system 8 | on a replica 1 bit, timeline 31 bits | LSN 8)* | MAC 16</pre>
 */
final class ConsistencyTokens {

    private static final byte VERSION = 1;
    private static final int HEAD = 1 + Integer.BYTES * 3;
    private static final int ENTRY = Long.BYTES + Integer.BYTES + Long.BYTES;
    private static final int MAC = 16;
    private static final int ON_REPLICA = 1 << 31;
    private static final Comparator<Branch> ORDER =
            Comparator.comparingLong(Branch::system).thenComparingInt(Branch::timeline);
    private static final String ALGORITHM = "HmacSHA256";

    private final KeyRing keys;
    private final Clock clock;
    private final ReadsProperties.Tokens settings;
    private final ReadsMetrics metrics;
    private final int maxLength;

    ConsistencyTokens(KeyRing keys, Clock clock, ReadsProperties.Tokens settings, ReadsMetrics metrics) {
        this.keys = keys;
        this.clock = clock;
        this.settings = settings;
        this.metrics = metrics;
        this.maxLength = (HEAD + settings.maxBranches() * ENTRY + MAC) * 4 / 3 + 1;
    }

    /** Empty where there is nothing to tell, or no key to sign it with. */
    Optional<String> mint(String tenant, Seen seen) {
        if (seen.marks().isEmpty()) {
            return Optional.empty();
        }
        return keys.current(KeyPurpose.CONSISTENCY_TOKEN).map(key -> sign(key, tenant, bounded(seen)));
    }

    /** Above the bound all that is left is that there was more, for every cluster. */
    private Map<Branch, Seen.Mark> bounded(Seen seen) {
        return seen.marks().size() <= settings.maxBranches()
                ? seen.marks()
                : Seen.NOTHING.withUnknownWrite(Seen.ANY_SYSTEM).marks();
    }

    private String sign(JWK key, String tenant, Map<Branch, Seen.Mark> marks) {
        var bytes = ByteBuffer.allocate(HEAD + marks.size() * ENTRY + MAC);
        bytes.put(VERSION)
                .putInt(fingerprint(key.getKeyID()))
                .putInt(fingerprint(tenant))
                .putInt((int) clock.instant().getEpochSecond());
        marks.entrySet().stream()
                .sorted(Map.Entry.comparingByKey(ORDER))
                .forEach(mark -> bytes.putLong(mark.getKey().system())
                        .putInt(mark.getKey().timeline() | (mark.getValue().onReplica() ? ON_REPLICA : 0))
                        .putLong(mark.getValue().lsn().value()));
        bytes.put(mac(key, tenant, bytes.array(), bytes.position()));
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.array());
    }

    /** @param values of the header, each with one token or several, and of the cookie */
    Seen read(String tenant, List<String> values) {
        List<String> tokens = values.stream()
                .flatMap(value -> Arrays.stream(value.split(",", settings.maxTokens() + 1)))
                .map(String::strip)
                .filter(token -> !token.isEmpty())
                .limit(settings.maxTokens() + 1L)
                .toList();
        if (tokens.size() > settings.maxTokens()) {
            metrics.token(Verdict.TOO_MANY);
            return Seen.UNTRUSTED;
        }
        return tokens.stream().map(token -> readOne(tenant, token)).reduce(Seen.NOTHING, Seen::merge);
    }

    private Seen readOne(String tenant, String token) {
        Map<Branch, Seen.Mark> marks = new HashMap<>();
        Verdict verdict = judge(tenant, token, marks);
        metrics.token(verdict);
        return verdict == Verdict.VALID ? new Seen(marks, false) : Seen.UNTRUSTED;
    }

    private Verdict judge(String tenant, String token, Map<Branch, Seen.Mark> marks) {
        if (token.length() > maxLength) {
            return Verdict.TOO_LONG;
        }
        ByteBuffer bytes;
        try {
            bytes = ByteBuffer.wrap(Base64.getUrlDecoder().decode(token));
        } catch (IllegalArgumentException notBase64) {
            return Verdict.MALFORMED;
        }
        int entries = bytes.remaining() - HEAD - MAC;
        if (entries < ENTRY || entries % ENTRY != 0 || bytes.get() != VERSION) {
            return Verdict.MALFORMED;
        }
        int key = bytes.getInt();
        if (bytes.getInt() != fingerprint(tenant)) {
            return Verdict.FOREIGN_TENANT;
        }
        if (!isSigned(key, tenant, bytes.array())) {
            return Verdict.FORGED;
        }
        if (isAhead(bytes.getInt())) {
            return Verdict.FUTURE;
        }
        for (int i = 0; i < entries / ENTRY; i++) {
            long system = bytes.getLong();
            int timeline = bytes.getInt();
            marks.merge(
                    new Branch(system, timeline & ~ON_REPLICA),
                    new Seen.Mark(new Lsn(bytes.getLong()), (timeline & ON_REPLICA) != 0),
                    Seen.Mark::merge);
        }
        return Verdict.VALID;
    }

    private boolean isAhead(int issuedAt) {
        Instant latest = clock.instant().plus(settings.clockSkew());
        return Integer.toUnsignedLong(issuedAt) > latest.getEpochSecond();
    }

    private boolean isSigned(int fingerprint, String tenant, byte[] token) {
        byte[] claimed = Arrays.copyOfRange(token, token.length - MAC, token.length);
        return keys.all(KeyPurpose.CONSISTENCY_TOKEN).stream()
                .filter(key -> fingerprint(key.getKeyID()) == fingerprint)
                .anyMatch(key -> MessageDigest.isEqual(claimed, mac(key, tenant, token, token.length - MAC)));
    }

    /** The tenant's whole name is signed; its four bytes in the token only tell a foreign one from a forged one. */
    private static byte[] mac(JWK key, String tenant, byte[] bytes, int length) {
        if (!(key instanceof OctetSequenceKey secret)) {
            throw new IllegalStateException("key '" + key.getKeyID() + "' (expected: a secret)");
        }
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(secret.toByteArray(), ALGORITHM));
            mac.update(tenant.getBytes(StandardCharsets.UTF_8));
            mac.update((byte) 0);
            mac.update(bytes, 0, length);
            return Arrays.copyOf(mac.doFinal(), MAC);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("no " + ALGORITHM, e);
        }
    }

    /** Tells one from another, and proves nothing: that is for the MAC. */
    private static int fingerprint(String text) {
        return text.hashCode();
    }
}
