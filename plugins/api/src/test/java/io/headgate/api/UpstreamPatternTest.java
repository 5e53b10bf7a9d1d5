package io.headgate.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.URI;
import java.util.List;
import org.junit.jupiter.api.Test;

class UpstreamPatternTest {

    @Test
    void allowsTheAddressesOfItsFormOnly() {
        assertAllows("http://a.internal", "http://a.internal", "http://A.internal:80", "http://a.internal/path");
        assertRefuses("http://a.internal", "https://a.internal", "http://a.internal:81", "http://b.internal");
        assertAllows("https://a.internal", "https://a.internal:443");
        assertAllows("http://127.0.0.1:*", "http://127.0.0.1:9101", "http://127.0.0.1");
        assertRefuses("http://127.0.0.1:*", "http://127.0.0.2:9101");
        assertAllows("http://[::1]:*", "http://[::1]:80");
    }

    @Test
    void allowsWhatIsBelowADomainAndNotWhatOnlyEndsLikeIt() {
        assertAllows("http://*.reports.internal", "http://a.reports.internal", "http://a.b.reports.internal");
        assertRefuses(
                "http://*.reports.internal",
                "http://reports.internal",
                "http://.reports.internal",
                "http://evilreports.internal",
                "http://a.reports.internal.evil.example");
    }

    @Test
    void isNotTalkedIntoAnotherHost() {
        assertRefuses(
                "http://a.internal",
                "http://a.internal@evil.example/",
                "http://a.internal:80@evil.example/",
                "http://evil.example/?http://a.internal",
                "http://evil.example#a.internal");
    }

    @Test
    void comparesSchemesWithoutCaseAsUrisDo() {
        assertAllows("http://a.internal", "HTTP://a.internal");
    }

    @Test
    void refusesWhatIsNoPattern() {
        for (String text : List.of(
                "",
                "a.internal",
                "ftp://a",
                "http://",
                "http://*",
                "http://*.",
                "http://a.*.b",
                "http://a:b",
                "http://a:99999",
                "http://a/path",
                "http://u@a",
                "http://a b",
                "*://a")) {
            assertThatIllegalArgumentException()
                    .as(text)
                    .isThrownBy(() -> UpstreamPattern.parse(text))
                    .withMessageContaining("expected");
        }
    }

    private static void assertAllows(String pattern, String... addresses) {
        for (String address : addresses) {
            assertThat(UpstreamPattern.parse(pattern).allows(URI.create(address)))
                    .as("%s allows %s", pattern, address)
                    .isTrue();
        }
    }

    private static void assertRefuses(String pattern, String... addresses) {
        for (String address : addresses) {
            assertThat(UpstreamPattern.parse(pattern).allows(URI.create(address)))
                    .as("%s allows %s", pattern, address)
                    .isFalse();
        }
    }
}
