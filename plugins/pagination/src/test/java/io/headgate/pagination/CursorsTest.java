package io.headgate.pagination;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headgate.api.MutableClock;
import io.headgate.api.Problem;
import io.headgate.api.ProblemException;
import io.headgate.pagination.Cursors.Binding;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CursorsTest {

    private static final Binding BINDING = binding("reports/api", "acme", "ana", "digest");
    private static final String ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    private final PageFixture.Keys keys = new PageFixture.Keys("one");
    private final MutableClock clock = new MutableClock(Instant.parse("2026-11-21T12:00:00Z"));
    private final Cursors cursors = new Cursors(keys, clock, new SecureRandom(), Duration.ofHours(1));

    private static Binding binding(String route, String tenant, String subject, String query) {
        return Binding.of(route, Optional.of(PageFixture.caller(tenant, subject)), query);
    }

    @Test
    void opensWhatItSealed() {
        for (Position position : List.of(
                new Position.Offset(0),
                new Position.Offset(Long.MAX_VALUE),
                new Position.Before(7),
                new Position.Row(true, List.of()),
                new Position.Row(
                        false, List.of(Optional.of(""), Optional.empty(), Optional.of("ö😀"), Optional.of("7"))),
                new Position.Page(2),
                new Position.Token("a=1&b=\u00e9\uD83D\uDE00"))) {
            var cursor = new Cursor(50, position);

            assertThat(cursors.open(BINDING, cursors.seal(BINDING, cursor), "/cursor"))
                    .isEqualTo(cursor);
        }
    }

    @Test
    void showsNothingOfThePositionAndNeverLooksTheSameTwice() {
        var cursor = new Cursor(50, new Position.Token("secret-position"));
        Set<String> seen = new HashSet<>();

        for (int i = 0; i < 200; i++) {
            String sealed = cursors.seal(BINDING, cursor);
            assertThat(sealed).matches("[A-Za-z0-9_-]+");
            assertThat(new String(Base64.getUrlDecoder().decode(sealed), StandardCharsets.ISO_8859_1))
                    .doesNotContain("secret", "acme", "ana");
            assertThat(seen.add(sealed)).isTrue();
        }
    }

    @Test
    void isOfUseForItsOwnQueryRouteTenantAndSubjectOnly() {
        String sealed = cursors.seal(BINDING, new Cursor(50, new Position.Offset(50)));

        for (Binding other : List.of(
                binding("reports/other", "acme", "ana", "digest"),
                binding("reports/api", "globex", "ana", "digest"),
                binding("reports/api", "acme", "bob", "digest"),
                binding("reports/api", "acme", "ana", "other"),
                binding("reports/apia", "cme", "ana", "digest") /* nothing runs over */,
                Binding.of("reports/api", Optional.empty(), "digest"))) {
            assertRefused(other, sealed, "another query");
        }
    }

    @Test
    void refusesEveryCursorOfWhichOneCharacterWasChanged() {
        String sealed = cursors.seal(BINDING, new Cursor(50, new Position.Offset(50)));

        for (int i = 0; i < sealed.length(); i++) {
            for (int shift : new int[] {1, 16, 32}) {
                char other = ALPHABET.charAt((ALPHABET.indexOf(sealed.charAt(i)) + shift) % 64);
                assertRefused(BINDING, sealed.substring(0, i) + other + sealed.substring(i + 1), "not one of");
            }
        }
    }

    @Test
    void refusesEveryPartOfACursorAndEverythingBehindIt() {
        String sealed = cursors.seal(BINDING, new Cursor(50, new Position.Offset(50)));

        for (int length = 0; length < sealed.length(); length++) {
            assertRefused(BINDING, sealed.substring(0, length), "not one of");
        }
        for (String tail : List.of("A", "=", "==", "\n", " ", "AAAA", "%00", "\u00e9")) {
            assertRefused(BINDING, sealed + tail, "not one of");
        }
    }

    @Test
    void refusesWhatIsNotACursorAtAll() {
        var random = new Random(7);
        for (int round = 0; round < 5_000; round++) {
            byte[] bytes = new byte[random.nextInt(200)];
            random.nextBytes(bytes);
            if (bytes.length > 0) {
                bytes[0] = 1;
            }
            assertRefused(BINDING, Base64.getUrlEncoder().withoutPadding().encodeToString(bytes), "not one of");
        }
        assertRefused(BINDING, "A".repeat(Cursors.MAX_LENGTH), "not one of");
    }

    @Test
    void measuresACursorBeforeItDoesAnythingElseWithIt() {
        assertRefused(BINDING, "A".repeat(Cursors.MAX_LENGTH + 1), "characters");
    }

    @Test
    void expires() {
        String sealed = cursors.seal(BINDING, new Cursor(50, new Position.Offset(50)));

        clock.advance(Duration.ofMinutes(59));
        assertThat(cursors.open(BINDING, sealed, "/cursor").limit()).isEqualTo(50);
        clock.advance(Duration.ofMinutes(1));
        assertRefused(BINDING, sealed, "expired");
    }

    @Test
    void sealsWithTheNewKeyAndOpensWithTheOldOneUntilItIsGone() {
        String old = cursors.seal(BINDING, new Cursor(1, new Position.Offset(1)));
        keys.add("two");
        String fresh = cursors.seal(BINDING, new Cursor(2, new Position.Offset(2)));

        assertThat(cursors.open(BINDING, old, "/cursor").limit()).isEqualTo(1);
        keys.remove("one");
        assertRefused(BINDING, old, "not one of");
        assertThat(cursors.open(BINDING, fresh, "/cursor").limit()).isEqualTo(2);
    }

    @Test
    void refusesACursorThatNamesAnotherKeyThanItWasSealedWith() {
        keys.add("two");
        byte[] bytes = Base64.getUrlDecoder().decode(cursors.seal(BINDING, new Cursor(1, new Position.Offset(1))));
        System.arraycopy("one".getBytes(StandardCharsets.US_ASCII), 0, bytes, 2, 3);

        assertRefused(BINDING, Base64.getUrlEncoder().withoutPadding().encodeToString(bytes), "not one of");
    }

    @Test
    void sealsNothingWithoutAKey() {
        keys.remove("one");

        assertThat(cursors.canSeal()).isFalse();
        assertRefused(BINDING, "AQNvbmUAAAA", "not one of");
    }

    private void assertRefused(Binding binding, String cursor, String why) {
        assertThatThrownBy(() -> cursors.open(binding, cursor, "/cursor"))
                .as(cursor)
                .isInstanceOfSatisfying(ProblemException.class, refused -> {
                    assertThat(refused.problem().type().status()).isEqualTo(400);
                    assertThat(((Problem.InvalidQuery) refused.problem()).problems())
                            .singleElement()
                            .satisfies(problem -> {
                                assertThat(problem.pointer()).isEqualTo("/cursor");
                                assertThat(problem.detail()).contains(why);
                            });
                });
    }
}
