package io.headgate.ratelimit;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Values of keys as the store, events and people see them: of few characters, bounded, and without a header's value. */
final class KeyText {

    private static final int MAX_LENGTH = 128;
    private static final int HASH_BYTES = 16;
    private static final HexFormat HEX = HexFormat.of();

    private KeyText() {}

    /** The value as it is where that is harmless. */
    static String of(String value) {
        if (value.length() > MAX_LENGTH) {
            return hash(value);
        }
        for (int i = 0; i < value.length(); i++) {
            if (!isHarmless(value.charAt(i))) {
                return escaped(value);
            }
        }
        return value;
    }

    /** A value of which nobody shall learn more than that it is the same. */
    static String hash(String value) {
        byte[] digest = sha256().digest(value.getBytes(StandardCharsets.UTF_8));
        return "~" + HEX.formatHex(digest, 0, HASH_BYTES);
    }

    private static String escaped(String value) {
        var text = new StringBuilder();
        for (byte octet : value.getBytes(StandardCharsets.UTF_8)) {
            char c = (char) (octet & 0xff);
            if (isHarmless(c)) {
                text.append(c);
            } else {
                text.append('%').append(HEX.toHexDigits(octet));
            }
        }
        return text.length() > MAX_LENGTH ? hash(value) : text.toString();
    }

    private static boolean isHarmless(char c) {
        return c >= 'a' && c <= 'z'
                || c >= 'A' && c <= 'Z'
                || c >= '0' && c <= '9'
                || c == '.'
                || c == '_'
                || c == '-'
                || c == '@'
                || c == ':';
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
