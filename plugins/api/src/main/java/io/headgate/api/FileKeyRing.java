package io.headgate.api;

import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.OctetSequenceKey;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.ParseException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Date;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keys from a directory: one JWK a file, named {@code <purpose>.<key id>.jwk.json}, with {@code kid} and the time from
 * which it signs as {@code nbf}. {@link #reload} takes in what was added; a file that cannot be read leaves the ring as
 * it was, so that a half-written key never takes the others away.
 */
public final class FileKeyRing implements KeyRing {

    private static final Logger log = LoggerFactory.getLogger(FileKeyRing.class);
    private static final String SUFFIX = ".jwk.json";
    private static final int SECRET_BITS = 256;

    private final Path directory;
    private final Clock clock;
    private volatile Map<KeyPurpose, List<JWK>> keys;

    public FileKeyRing(Path directory, Clock clock) {
        this.directory = directory;
        this.clock = clock;
        this.keys = load();
    }

    @Override
    public Optional<JWK> current(KeyPurpose purpose) {
        Instant now = clock.instant();
        return all(purpose).stream()
                .filter(key -> !startOf(key).isAfter(now))
                .max(Comparator.comparing(FileKeyRing::startOf));
    }

    @Override
    public Optional<JWK> find(KeyPurpose purpose, String keyId) {
        return all(purpose).stream().filter(key -> key.getKeyID().equals(keyId)).findFirst();
    }

    @Override
    public List<JWK> all(KeyPurpose purpose) {
        return keys.getOrDefault(purpose, List.of());
    }

    /** Reads the directory again; blocks on the disk. */
    public void reload() {
        try {
            keys = load();
        } catch (UncheckedIOException | IllegalArgumentException e) {
            log.atError().addKeyValue("reason", e.getMessage()).log("keys not reloaded, the earlier ones stay");
        }
    }

    private Map<KeyPurpose, List<JWK>> load() {
        Map<KeyPurpose, List<JWK>> loaded = new EnumMap<>(KeyPurpose.class);
        Set<String> ids = new HashSet<>();
        try (var files = Files.list(directory)) {
            for (Path file : files.sorted().toList()) {
                if (!file.getFileName().toString().endsWith(SUFFIX)) {
                    continue;
                }
                KeyPurpose purpose = purposeOf(file);
                JWK key = read(file, purpose);
                if (!ids.add(purpose + "/" + key.getKeyID())) {
                    throw new IllegalArgumentException(file + ": kid '" + key.getKeyID() + "' is there twice");
                }
                loaded.computeIfAbsent(purpose, ignored -> new ArrayList<>()).add(key);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("keys directory " + directory, e);
        }
        loaded.replaceAll((purpose, list) -> List.copyOf(list));
        return loaded;
    }

    private static KeyPurpose purposeOf(Path file) {
        String name = file.getFileName().toString();
        return Arrays.stream(KeyPurpose.values())
                .filter(purpose -> name.startsWith(purpose.word() + "."))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(file + " (expected: a name that begins with one of "
                        + Arrays.stream(KeyPurpose.values())
                                .map(KeyPurpose::word)
                                .toList() + ")"));
    }

    private static JWK read(Path file, KeyPurpose purpose) throws IOException {
        JWK key;
        try {
            key = JWK.parse(Files.readString(file));
        } catch (ParseException | RuntimeException e) { // the parser throws more than it says, as for "null"
            throw new IllegalArgumentException(file + " is not a JWK"); // the cause could quote the secret
        }
        boolean fits = switch (key) {
            case ECKey ec ->
                purpose == KeyPurpose.CALLER_HEADER
                        && ec.isPrivate()
                        && ec.getCurve().equals(Curve.P_256);
            case OctetSequenceKey secret -> purpose != KeyPurpose.CALLER_HEADER && secret.size() >= SECRET_BITS;
            default -> false;
        };
        if (!fits || key.getKeyID() == null || key.getNotBeforeTime() == null) {
            throw new IllegalArgumentException(file + " (expected: kid, nbf, and "
                    + (purpose == KeyPurpose.CALLER_HEADER ? "a private EC key on P-256)" : "a secret of 256 bits)"));
        }
        return key;
    }

    private static Instant startOf(JWK key) {
        Date notBefore = key.getNotBeforeTime();
        return notBefore == null ? Instant.EPOCH : notBefore.toInstant();
    }
}
