package io.headgate.authz;

import java.util.random.RandomGenerator;

/** An API key as its owner holds it: {@code hgk_<key id>_<43 characters that carry 256 bits>}. */
record ApiKeySecret(String keyId, String text) {

    private static final String PREFIX = "hgk_";
    private static final String ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private static final int ID_LENGTH = 12;
    private static final int SECRET_LENGTH = 43;
    private static final int LENGTH = PREFIX.length() + ID_LENGTH + 1 + SECRET_LENGTH;

    static ApiKeySecret create(RandomGenerator random) {
        String keyId = characters(random, ID_LENGTH);
        return new ApiKeySecret(keyId, PREFIX + keyId + "_" + characters(random, SECRET_LENGTH));
    }

    static boolean hasForm(String text) {
        return text.length() == LENGTH && text.startsWith(PREFIX);
    }

    private static String characters(RandomGenerator random, int count) {
        var characters = new StringBuilder(count);
        for (int i = 0; i < count; i++) {
            characters.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
        }
        return characters.toString();
    }
}
