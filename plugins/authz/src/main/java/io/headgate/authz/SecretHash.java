package io.headgate.authz;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** The SHA-256 of a credential, by which it is known here: no map holds the credential itself. */
record SecretHash(long first, long second, long third, long fourth) {

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final MessageDigest SHA_256 = sha256();

    static SecretHash of(String secret) {
        return of(digest().digest(secret.getBytes(StandardCharsets.UTF_8)));
    }

    static SecretHash parse(String hex) {
        if (hex.length() != 64) {
            throw new IllegalArgumentException("hash (expected: 64 hexadecimal digits)");
        }
        return of(HexFormat.of().parseHex(hex));
    }

    private static SecretHash of(byte[] hash) {
        return new SecretHash((long) LONGS.get(hash, 0), (long) LONGS.get(hash, 8), (long) LONGS.get(hash, 16), (long)
                LONGS.get(hash, 24));
    }

    String hex() {
        byte[] bytes = ByteBuffer.allocate(32)
                .putLong(first)
                .putLong(second)
                .putLong(third)
                .putLong(fourth)
                .array();
        return HexFormat.of().formatHex(bytes);
    }

    @Override
    public int hashCode() {
        return (int) first; // a digest's bits are as well spread as any mixture of them
    }

    @Override
    public String toString() {
        return hex().substring(0, 8);
    }

    /** A copy of a digest costs a fraction of looking the algorithm up, and this runs for every request. */
    private static MessageDigest digest() {
        try {
            return (MessageDigest) SHA_256.clone();
        } catch (CloneNotSupportedException e) {
            return sha256();
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("SHA-256 is part of every Java platform", e);
        }
    }
}
