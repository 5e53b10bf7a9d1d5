package io.headgate.perf;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/**
 * An issuer of the bench's own, so that a gateway is measured with authentication on and no local stack: the stub
 * backend serves the key set, and every request carries the token.
 */
record BenchToken(String keySet, String bearer) {
    static final String ISSUER = "https://bench.headgate.test";
    static final String AUDIENCE = "headgate";
    static final String TENANT = "acme";

    static BenchToken create() {
        try {
            var generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            KeyPair pair = generator.generateKeyPair();
            return new BenchToken(keySet((ECPublicKey) pair.getPublic()), token(pair));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    Map<String, String> header() {
        return Map.of("Authorization", "Bearer " + bearer);
    }

    private static String keySet(ECPublicKey key) {
        return Json.line(Map.of(
                "keys",
                List.of(Map.of(
                        "kty", "EC",
                        "crv", "P-256",
                        "use", "sig",
                        "alg", "ES256",
                        "kid", "bench",
                        "x", base64(fixed(key.getW().getAffineX().toByteArray())),
                        "y", base64(fixed(key.getW().getAffineY().toByteArray()))))));
    }

    private static String token(KeyPair pair) throws GeneralSecurityException {
        Instant now = Instant.now();
        String signed = base64(Json.line(Map.of("alg", "ES256", "typ", "JWT", "kid", "bench"))) + "."
                + base64(Json.line(Map.of(
                        "iss",
                        ISSUER,
                        "aud",
                        AUDIENCE,
                        "sub",
                        "ana",
                        "tenant",
                        TENANT,
                        "roles",
                        List.of("analyst"),
                        "plan",
                        "pro",
                        "iat",
                        now.getEpochSecond(),
                        "exp",
                        now.plus(Duration.ofHours(6)).getEpochSecond())));
        var signer = Signature.getInstance("SHA256withECDSAinP1363Format");
        signer.initSign(pair.getPrivate());
        signer.update(signed.getBytes(StandardCharsets.US_ASCII));
        return signed + "." + base64(signer.sign());
    }

    /** A coordinate as 32 bytes: BigInteger drops leading zeros and adds one for the sign. */
    private static byte[] fixed(byte[] number) {
        byte[] coordinate = new byte[32];
        int size = Math.min(32, number.length);
        System.arraycopy(number, number.length - size, coordinate, 32 - size, size);
        return coordinate;
    }

    private static String base64(String text) {
        return base64(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
