package io.headgate.pagination;

import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.OctetSequenceKey;
import io.headgate.api.Caller;
import io.headgate.api.KeyPurpose;
import io.headgate.api.KeyRing;
import io.headgate.api.Problem;
import io.headgate.api.ProblemType;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Seals and opens cursors. A cursor is {@code version, key id, salt} in the clear, then expiry, binding, limit and
 * position under AES-256-GCM, which also covers what is in the clear. Each has a key of its own, made of the ring's key
 * and the salt, so that no nonce can come twice. Without a key nothing is sealed, and no cursor opens.
 */
final class Cursors {

    static final int MAX_LENGTH = 4_096;

    private static final byte VERSION = 1;
    private static final int SALT = 16;
    private static final int TAG = 16;
    private static final int MAX_KEY_ID = 127;
    /** Each key encrypts once, so that the nonce need not differ. */
    private static final byte[] NONCE = new byte[12];

    private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();
    private static final Base64.Decoder DECODER = Base64.getUrlDecoder();

    private final KeyRing keys;
    private final Clock clock;
    private final SecureRandom random;
    private final Duration lifetime;

    Cursors(KeyRing keys, Clock clock, SecureRandom random, Duration lifetime) {
        this.keys = keys;
        this.clock = clock;
        this.random = random;
        this.lifetime = lifetime;
    }

    /** Whom and what a cursor is for: a digest of all that must be the same when it comes back. */
    record Binding(byte[] digest) {

        static Binding of(String route, Optional<Caller> caller, String query) {
            MessageDigest sha = sha256();
            add(sha, route);
            add(sha, caller.map(Caller::tenant).orElse(""));
            add(sha, caller.map(Caller::subject).orElse(""));
            add(sha, query);
            return new Binding(sha.digest());
        }

        private static void add(MessageDigest sha, String text) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            sha.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).array());
            sha.update(bytes);
        }
    }

    boolean canSeal() {
        return keys.current(KeyPurpose.CURSOR).isPresent();
    }

    String seal(Binding binding, Cursor cursor) {
        JWK key = keys.current(KeyPurpose.CURSOR).orElseThrow(() -> new IllegalStateException("no key for cursors"));
        byte[] clear = clear(key.getKeyID());
        byte[] position = cursor.position().bytes();
        byte[] content = ByteBuffer.allocate(Long.BYTES + binding.digest().length + Integer.BYTES + position.length)
                .putLong(clock.instant().plus(lifetime).getEpochSecond())
                .put(binding.digest())
                .putInt(cursor.limit())
                .put(position)
                .array();
        try {
            byte[] sealed = cipher(Cipher.ENCRYPT_MODE, key, clear).doFinal(content);
            return ENCODER.encodeToString(ByteBuffer.allocate(clear.length + sealed.length)
                    .put(clear)
                    .put(sealed)
                    .array());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("cursor not sealed", e);
        }
    }

    private byte[] clear(String keyId) {
        byte[] id = keyId.getBytes(StandardCharsets.UTF_8);
        byte[] salt = new byte[SALT];
        random.nextBytes(salt);
        return ByteBuffer.allocate(2 + id.length + SALT)
                .put(VERSION)
                .put((byte) id.length)
                .put(id)
                .put(salt)
                .array();
    }

    /** @param where the place of the cursor in the request, for whoever reads why it is refused */
    Cursor open(Binding binding, String text, String where) {
        if (text.length() > MAX_LENGTH) {
            throw refused(where, text.length() + " characters (expected: at most " + MAX_LENGTH + ")");
        }
        ByteBuffer content = content(text, where);
        if (clock.instant().getEpochSecond() >= content.getLong()) {
            throw refused(where, "expired (expected: one of the last " + lifetime.toMinutes() + " minutes)");
        }
        byte[] boundTo = new byte[binding.digest().length];
        content.get(boundTo);
        if (!MessageDigest.isEqual(boundTo, binding.digest())) {
            throw refused(where, "made for another query (expected: the same route, filter, sort and caller)");
        }
        return new Cursor(content.getInt(), Position.of(content));
    }

    /** What is sealed, once it is proved that this gateway sealed it; before, only the key's id is read. */
    private ByteBuffer content(String text, String where) {
        try {
            byte[] bytes = DECODER.decode(text);
            int idLength = bytes.length > 2 ? bytes[1] : -1;
            int clearLength = 2 + idLength + SALT;
            boolean isWhole = idLength > 0 && bytes.length >= clearLength + TAG && bytes[0] == VERSION;
            if (!isWhole || !ENCODER.encodeToString(bytes).equals(text)) {
                throw unknown(where);
            }
            String keyId = new String(bytes, 2, idLength, StandardCharsets.UTF_8);
            JWK key = keys.find(KeyPurpose.CURSOR, keyId).orElseThrow(() -> unknown(where));
            byte[] clear = java.util.Arrays.copyOf(bytes, clearLength);
            return ByteBuffer.wrap(
                    cipher(Cipher.DECRYPT_MODE, key, clear).doFinal(bytes, clearLength, bytes.length - clearLength));
        } catch (IllegalArgumentException | GeneralSecurityException e) {
            throw unknown(where);
        }
    }

    private static Cipher cipher(int mode, JWK key, byte[] clear) throws GeneralSecurityException {
        if (!(key instanceof OctetSequenceKey secret) || clear.length > 2 + MAX_KEY_ID + SALT) {
            throw new GeneralSecurityException("key " + key.getKeyID() + " (expected: a secret with a short id)");
        }
        Mac derive = Mac.getInstance("HmacSHA256");
        derive.init(new SecretKeySpec(secret.toByteArray(), "HmacSHA256"));
        byte[] own = derive.doFinal(clear);
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, new SecretKeySpec(own, "AES"), new GCMParameterSpec(TAG * Byte.SIZE, NONCE));
        cipher.updateAAD(clear);
        return cipher;
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static RuntimeException unknown(String where) {
        return refused(where, "not one of this gateway's cursors (expected: next_cursor or prev_cursor of a page)");
    }

    private static RuntimeException refused(String where, String detail) {
        return Refusals.of(where, detail);
    }

    static RuntimeException unavailable() {
        return Problem.tryLater(
                        ProblemType.NOT_READY, "There is no key for cursors at the moment.", Duration.ofSeconds(5))
                .asException();
    }
}
