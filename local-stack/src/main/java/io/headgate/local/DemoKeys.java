package io.headgate.local;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.OctetSequenceKeyGenerator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Date;
import java.util.List;
import java.util.UUID;

/** The gateway's own keys for the demo: one file a key, made where a purpose has none. */
public final class DemoKeys {

    private static final String CALLER_HEADER = "caller-header";
    private static final List<String> SECRETS = List.of("consistency-token", "cursor", "signed-url", "webhook");
    private static final int SECRET_BITS = 256;

    private DemoKeys() {}

    /** A directory with a key for each purpose, as {@code HEADGATE_KEYS_DIR} expects it. */
    public static Path fill(Path directory) {
        Clock clock = Clock.systemUTC();
        try {
            Files.createDirectories(directory, Modes.PRIVATE_DIRECTORY);
            if (hasNone(directory, CALLER_HEADER)) {
                write(directory, CALLER_HEADER, newSigningKey(clock));
            }
            for (String purpose : SECRETS) {
                if (hasNone(directory, purpose)) {
                    write(directory, purpose, newSecret(clock));
                }
            }
            return directory;
        } catch (IOException e) {
            throw new StackException("cannot make keys in " + directory, e);
        }
    }

    static ECKey newSigningKey(Clock clock) {
        try {
            return new ECKeyGenerator(Curve.P_256)
                    .keyID(newId())
                    .keyUse(KeyUse.SIGNATURE)
                    .algorithm(JWSAlgorithm.ES256)
                    .notBeforeTime(Date.from(clock.instant()))
                    .generate();
        } catch (JOSEException e) {
            throw new StackException("cannot make a key", e);
        }
    }

    private static JWK newSecret(Clock clock) {
        try {
            return new OctetSequenceKeyGenerator(SECRET_BITS)
                    .keyID(newId())
                    .notBeforeTime(Date.from(clock.instant()))
                    .generate();
        } catch (JOSEException e) {
            throw new StackException("cannot make a key", e);
        }
    }

    private static String newId() {
        return UUID.randomUUID().toString().substring(0, 8);
    }

    private static boolean hasNone(Path directory, String purpose) throws IOException {
        try (var files = Files.list(directory)) {
            return files.noneMatch(file -> file.getFileName().toString().startsWith(purpose + "."));
        }
    }

    private static void write(Path directory, String purpose, JWK key) {
        Modes.writePrivately(directory.resolve(purpose + "." + key.getKeyID() + ".jwk.json"), key.toJSONString());
    }
}
