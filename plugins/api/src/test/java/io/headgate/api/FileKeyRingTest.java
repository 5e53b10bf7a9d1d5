package io.headgate.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.OctetSequenceKeyGenerator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileKeyRingTest {

    private static final Instant NOW = Instant.parse("2026-11-01T12:00:00Z");

    private final MutableClock clock = new MutableClock(NOW);

    @TempDir
    private Path directory = Path.of("");

    @BeforeEach
    void oneKey() {
        write("cursor.c1.jwk.json", secret("c1", NOW.minusSeconds(60)));
    }

    @Test
    void signsWithTheNewestKeyWhoseTimeHasCome() {
        FileKeyRing ring = ring();
        write("cursor.c2.jwk.json", secret("c2", NOW.plusSeconds(60)));
        ring.reload();
        assertThat(currentOf(ring)).isEqualTo("c1");
        assertThat(ring.find(KeyPurpose.CURSOR, "c2")).as("known beforehand").isPresent();

        clock.advance(Duration.ofSeconds(60));

        assertThat(currentOf(ring)).isEqualTo("c2");
        assertThat(ring.find(KeyPurpose.CURSOR, "c1")).as("still verifies").isPresent();
    }

    @Test
    void forgetsAKeyThatIsRemoved() throws IOException {
        FileKeyRing ring = ring();
        write("cursor.c2.jwk.json", secret("c2", NOW));
        Files.delete(directory.resolve("cursor.c1.jwk.json"));

        ring.reload();

        assertThat(ring.find(KeyPurpose.CURSOR, "c1")).isEmpty();
        assertThat(currentOf(ring)).isEqualTo("c2");
    }

    @Test
    void keepsWhatItHasWhileAFileIsHalfWritten() {
        FileKeyRing ring = ring();
        String whole = secret("c2", NOW).toString();
        for (String half : new String[] {"", "{", whole.substring(0, whole.length() / 2), "[]", "null", "7"}) {
            write("cursor.c2.jwk.json", half);
            ring.reload();
            assertThat(currentOf(ring)).as(half).isEqualTo("c1");
        }

        write("cursor.c2.jwk.json", whole);
        ring.reload();

        assertThat(currentOf(ring)).isEqualTo("c2");
    }

    @Test
    void keepsWhatItHasWhenAFileIsNoText() throws IOException {
        FileKeyRing ring = ring();
        Files.write(directory.resolve("cursor.c2.jwk.json"), new byte[] {(byte) 0xff, (byte) 0xfe, 0});

        ring.reload();

        assertThat(currentOf(ring)).isEqualTo("c1");
    }

    @Test
    void keepsWhatItHasWhenTheDirectoryIsGone() throws IOException {
        FileKeyRing ring = ring();
        Files.delete(directory.resolve("cursor.c1.jwk.json"));
        Files.delete(directory);

        ring.reload();

        assertThat(currentOf(ring)).isEqualTo("c1");
        Files.createDirectory(directory);
    }

    @Test
    void refusesToStartWithTheSameIdTwice() {
        write("cursor.other.jwk.json", secret("c1", NOW));

        assertThatIllegalArgumentException().isThrownBy(this::ring).withMessageContaining("'c1' is there twice");
    }

    @Test
    void refusesAKeyThatIsNotFitForItsPurpose() throws JOSEException {
        assertRefused("caller-header.k.jwk.json", secret("k", NOW));
        assertRefused(
                "caller-header.k.jwk.json",
                new ECKeyGenerator(Curve.P_384)
                        .keyID("k")
                        .notBeforeTime(Date.from(NOW))
                        .generate());
        assertRefused("caller-header.k.jwk.json", ec().toPublicJWK());
        assertRefused("cursor.k.jwk.json", ec());
        assertRefused(
                "cursor.k.jwk.json",
                new OctetSequenceKeyGenerator(128)
                        .keyID("k")
                        .notBeforeTime(Date.from(NOW))
                        .generate());
        assertRefused(
                "cursor.k.jwk.json",
                new OctetSequenceKeyGenerator(256).keyID("k").generate());
        assertRefused("colour.k.jwk.json", secret("k", NOW));
    }

    @Test
    void quotesNoSecretWhenItCannotReadOne() {
        write("cursor.c2.jwk.json", "{\"kty\":\"oct\",\"kid\":\"c2\",\"k\":\"c2VjcmV0\"");

        assertThatIllegalArgumentException()
                .isThrownBy(this::ring)
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("c2VjcmV0"))
                .withNoCause();
    }

    @Test
    void looksAtNothingButKeyFiles() {
        write("README", "hello");
        write(".cursor.c9.jwk.json.tmp", "half");

        assertThat(ring().all(KeyPurpose.CURSOR)).hasSize(1);
        assertThat(ring().current(KeyPurpose.WEBHOOK)).isEmpty();
    }

    private void assertRefused(String file, JWK key) {
        write(file, key);
        assertThatIllegalArgumentException().as(file).isThrownBy(this::ring).withMessageContaining("expected");
        try {
            Files.delete(directory.resolve(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private FileKeyRing ring() {
        return new FileKeyRing(directory, clock);
    }

    private static String currentOf(FileKeyRing ring) {
        return ring.current(KeyPurpose.CURSOR).orElseThrow().getKeyID();
    }

    private void write(String file, JWK key) {
        write(file, key.toString());
    }

    private void write(String file, String text) {
        try {
            Files.writeString(directory.resolve(file), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static JWK secret(String keyId, Instant from) {
        try {
            return new OctetSequenceKeyGenerator(256)
                    .keyID(keyId)
                    .notBeforeTime(Date.from(from))
                    .generate();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    private static JWK ec() throws JOSEException {
        return new ECKeyGenerator(Curve.P_256)
                .keyID("k")
                .notBeforeTime(Date.from(NOW))
                .generate();
    }
}
