package io.headgate.authz;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.springframework.http.HttpHeaders;

class CredentialTest {

    private static final int MAX = 64;
    private static final String KEY = ApiKeySecret.create(new Random(1)).text();

    @Test
    void readsABearerTokenWhateverTheCaseOfItsScheme() {
        assertThat(of("Authorization", "Bearer a.b.c")).isEqualTo(new Credential.Bearer("a.b.c"));
        assertThat(of("Authorization", "bEARER a.b.c")).isEqualTo(new Credential.Bearer("a.b.c"));
    }

    @Test
    void readsAnApiKey() {
        assertThat(of("X-Api-Key", KEY)).isEqualTo(new Credential.ApiKey(KEY));
    }

    @Test
    void findsNoneInOtherSchemes() {
        assertThat(Credential.of(new HttpHeaders(), MAX)).isEqualTo(Credential.MISSING);
        assertThat(of("Authorization", "Basic YTpi")).isEqualTo(Credential.MISSING);
        assertThat(of("Authorization", "Bearer")).isEqualTo(Credential.MISSING);
        assertThat(of("Authorization", "")).isEqualTo(Credential.MISSING);
    }

    @Test
    void doesNotLookAtWhatCannotBeASignedToken() {
        for (String token : new String[] {"", "a", "a.b", "a.b.", ".b.c", "a..c", "..", "a.b.c.d", "a.b.c.d.e"}) {
            assertThat(of("Authorization", "Bearer " + token)).as(token).isEqualTo(Credential.UNUSABLE);
        }
    }

    @Test
    void doesNotLookAtATokenThatIsTooLong() {
        String longest = "a.b." + "c".repeat(MAX - 4);
        assertThat(of("Authorization", "Bearer " + longest)).isEqualTo(new Credential.Bearer(longest));
        assertThat(of("Authorization", "Bearer " + longest + "c")).isEqualTo(Credential.UNUSABLE);
        assertThat(of("Authorization", "Bearer a.b." + "c".repeat(100_000))).isEqualTo(Credential.UNUSABLE);
    }

    @Test
    void doesNotLookAtWhatIsNoKeyOfOurs() {
        for (String key : new String[] {"", "hgk_", "hgk_x_y", KEY + "x", KEY.replace("hgk_", "abc_")}) {
            assertThat(of("X-Api-Key", key)).as(key).isEqualTo(Credential.UNUSABLE);
        }
    }

    @Test
    void choosesNoneOfTwo() {
        assertThat(of("Authorization", "Bearer a.b.c", "Bearer a.b.c")).isEqualTo(Credential.UNUSABLE);
        assertThat(of("X-Api-Key", KEY, KEY)).isEqualTo(Credential.UNUSABLE);
        HttpHeaders both = new HttpHeaders();
        both.add("Authorization", "Bearer a.b.c");
        both.add("X-Api-Key", KEY);
        assertThat(Credential.of(both, MAX)).isEqualTo(Credential.UNUSABLE);
    }

    private static Credential of(String name, String... values) {
        HttpHeaders headers = new HttpHeaders();
        for (String value : values) {
            headers.add(name, value);
        }
        return Credential.of(headers, MAX);
    }
}
