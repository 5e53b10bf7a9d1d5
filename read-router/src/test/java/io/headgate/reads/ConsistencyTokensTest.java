package io.headgate.reads;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.api.MutableClock;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ConsistencyTokensTest {

    private static final String TENANT = "acme";
    private static final Seen SEEN =
            Seen.NOTHING.with(Position.of(0xCAFE_BABE_1234L, 3, Lsn.parse("16/B374D848")), false);

    private final MutableClock clock = new MutableClock(Instant.parse("2026-11-21T12:00:00Z"));
    private final TestKeys keys = new TestKeys("k1");
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final ConsistencyTokens tokens = tokens(keys, Map.of());

    @Test
    void readsBackWhatItWroteDown() {
        Seen seen = SEEN.with(Position.of(-5, 1, Lsn.parse("FFFFFFFF/FFFFFFFF")), true);

        assertThat(tokens.read(TENANT, List.of(mint(seen)))).isEqualTo(seen);
    }

    @Test
    void isAboutSeventyCharactersForOneCluster() {
        assertThat(mint(SEEN)).hasSizeBetween(60, 75);
    }

    @Test
    void saysNothingWhereNothingWasSeenOrNoKeyIsThere() {
        assertThat(tokens.mint(TENANT, Seen.NOTHING)).isEmpty();
        assertThat(tokens.read(TENANT, List.of())).isEqualTo(Seen.NOTHING);
        keys.remove("k1");
        assertThat(tokens.mint(TENANT, SEEN)).isEmpty();
    }

    @Test
    void trustsNothingInWhichAnyBitWasTurned() {
        byte[] token = Base64.getUrlDecoder().decode(mint(SEEN));
        for (int bit = 0; bit < token.length * 8; bit++) {
            byte[] turned = token.clone();
            turned[bit / 8] ^= (byte) (1 << bit % 8);

            assertThat(tokens.read(TENANT, List.of(encode(turned))))
                    .as("bit %d", bit)
                    .isEqualTo(Seen.UNTRUSTED);
        }
    }

    @Test
    void trustsNothingThatIsCutOrStretched() {
        byte[] token = Base64.getUrlDecoder().decode(mint(SEEN));
        for (int length = 0; length <= token.length + 40; length++) {
            if (length != token.length && length != 0) {
                assertThat(tokens.read(TENANT, List.of(encode(java.util.Arrays.copyOf(token, length)))))
                        .as("length %d", length)
                        .isEqualTo(Seen.UNTRUSTED);
            }
        }
    }

    @Test
    void neverFailsWhateverIsSent() {
        var random = new SplittableRandom(7);
        for (int i = 0; i < 2_000; i++) {
            byte[] bytes = new byte[random.nextInt(1, 200)];
            random.nextBytes(bytes);

            assertThat(tokens.read(TENANT, List.of(encode(bytes)))).isEqualTo(Seen.UNTRUSTED);
        }
        for (String text : List.of("=", "not base64!", "\u0000", "é", "a".repeat(100_000), "..", "%00")) {
            assertThat(tokens.read(TENANT, List.of(text))).as(text).isEqualTo(Seen.UNTRUSTED);
        }
        assertThat(tokens.read(TENANT, List.of("", " , ,", ","))).isEqualTo(Seen.NOTHING);
    }

    @Test
    void isWorthNothingToAnotherTenant() {
        String token = mint(SEEN);

        assertThat(tokens.read("globex", List.of(token))).isEqualTo(Seen.UNTRUSTED);
        assertThat(verdicts("foreign-tenant")).isEqualTo(1);
    }

    @Test
    void isStillReadWithAnOlderKeyUntilThatIsTakenAway() {
        String old = mint(SEEN);
        keys.add("k2");
        String fresh = mint(SEEN);
        assertThat(tokens.read(TENANT, List.of(old, fresh))).isEqualTo(SEEN);

        keys.remove("k1");

        assertThat(tokens.read(TENANT, List.of(old))).isEqualTo(Seen.UNTRUSTED);
        assertThat(tokens.read(TENANT, List.of(fresh))).isEqualTo(SEEN);
        assertThat(verdicts("forged")).isEqualTo(1);
    }

    @Test
    void trustsNoTokenFromTheFuture() {
        String token = mint(SEEN);
        clock.advance(Duration.ofSeconds(-30));
        assertThat(tokens.read(TENANT, List.of(token))).isEqualTo(SEEN);

        clock.advance(Duration.ofSeconds(-1));

        assertThat(tokens.read(TENANT, List.of(token))).isEqualTo(Seen.UNTRUSTED);
        assertThat(verdicts("future")).isEqualTo(1);
    }

    @Test
    void mergesByTheMaximumOfEachTimelineInWhateverOrderTheyCome() {
        Seen later = Seen.NOTHING.with(Position.of(1, 1, new Lsn(900)), false);
        Seen earlier = Seen.NOTHING.with(Position.of(1, 1, new Lsn(100)), true);
        Seen other = Seen.NOTHING.with(Position.of(2, 4, new Lsn(50)), false);
        Seen branch = Seen.NOTHING.with(Position.of(1, 2, new Lsn(500)), false);

        Seen merged = tokens.read(TENANT, List.of(mint(later), mint(other) + ", " + mint(earlier), mint(branch)));

        assertThat(merged.marks())
                .containsOnly(
                        Map.entry(new Branch(1, 1), new Seen.Mark(new Lsn(900), true)),
                        Map.entry(new Branch(1, 2), new Seen.Mark(new Lsn(500), false)),
                        Map.entry(new Branch(2, 4), new Seen.Mark(new Lsn(50), false)));
    }

    @Test
    void oneForgedTokenAmongGoodOnesMakesTheWholeUntrusted() {
        assertThat(tokens.read(TENANT, List.of(mint(SEEN), "forged")).untrusted())
                .isTrue();
    }

    @Test
    void moreTokensThanTheSettingAreNotLookedAt() {
        var few = tokens(keys, Map.of("headgate.reads.tokens.max-tokens", "2"));
        String token = mint(SEEN);

        assertThat(few.read(TENANT, List.of(token + "," + token))).isEqualTo(SEEN);
        assertThat(few.read(TENANT, List.of(token + "," + token + "," + token))).isEqualTo(Seen.UNTRUSTED);
        assertThat(few.read(TENANT, List.of(token, token, token))).isEqualTo(Seen.UNTRUSTED);
    }

    @Test
    void moreTimelinesThanTheSettingAreToldAsUnknown() {
        var few = tokens(keys, Map.of("headgate.reads.tokens.max-branches", "1"));
        Seen two = SEEN.with(Position.of(2, 1, new Lsn(1)), false);

        String token = few.mint(TENANT, two).orElseThrow();

        assertThat(few.read(TENANT, List.of(token))).isEqualTo(Seen.NOTHING.withUnknownWrite(Seen.ANY_SYSTEM));
    }

    private ConsistencyTokens tokens(TestKeys ring, Map<String, String> settings) {
        return new ConsistencyTokens(ring, clock, TestSettings.with(settings).tokens(), new ReadsMetrics(meters));
    }

    private String mint(Seen seen) {
        return tokens.mint(TENANT, seen).orElseThrow();
    }

    private double verdicts(String verdict) {
        return meters.get("headgate.reads.tokens")
                .tag("verdict", verdict)
                .counter()
                .count();
    }

    private static String encode(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
