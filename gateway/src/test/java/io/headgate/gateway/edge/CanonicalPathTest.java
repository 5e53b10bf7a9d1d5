package io.headgate.gateway.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.gateway.edge.CanonicalPath.Reading;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CanonicalPathTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "/api",
                "/api/reports/",
                "/a.b/..c/d..",
                "/a...",
                "/~u/@x:y=z",
                "/%C3%A4",
                "/100%25",
                "/a%3Fb"
            })
    void takesACanonicalPathAsItStands(String path) {
        assertThat(read(path)).isEqualTo(path);
    }

    @Test
    void makesNoCopyOfACanonicalPath() {
        String path = "/api/reports/" + System.nanoTime();
        assertThat(CanonicalPath.read(path))
                .isInstanceOfSatisfying(
                        Reading.Canonical.class, it -> assertThat(it.path()).isSameAs(path));
    }

    @ParameterizedTest
    @CsvSource({
        "/%41pi, /Api",
        "/a%2db, /a-b",
        "/%c3%a4, /%C3%A4",
        "/a%20b, /a%20b",
        "/%7Euser, /~user",
        "/%e2%82%ac, /%E2%82%AC"
    })
    void writesWhatNeedsNoEscapePlainlyAndTheRestInUpperCase(String raw, String canonical) {
        assertThat(read(raw)).isEqualTo(canonical);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "api",
                "*",
                "//",
                "//a",
                "/a//b",
                "/a//",
                "/.",
                "/..",
                "/a/.",
                "/a/..",
                "/a/../b",
                "/a/./b",
                "/%2e",
                "/%2E%2e",
                "/a/.%2e/b",
                "/a/%2e%2E",
                "/a/%2e/b",
                "/a%2fb",
                "/a%2Fb",
                "/a%5cb",
                "/a\\b",
                "/a;b",
                "/a;v=1/b",
                "/a%3bb",
                "/a%00",
                "/a%0a",
                "/a%0d%0ab",
                "/a%7f",
                "/a%1f",
                "/a\u0000",
                "/a b",
                "/a\"b",
                "/a<b",
                "/a|b",
                "/a{b}",
                "/ä",
                "/%",
                "/%4",
                "/%zz",
                "/%4g",
                "/a%2",
                "/%ff",
                "/%c3",
                "/%c3/%a4",
                "/%c0%af",
                "/%e0%80%af",
                "/%f0%80%80%af",
                "/%ed%a0%80",
                "/%c2%85",
                "/%f5%80%80%80",
                "/%252f",
                "/%252e%252e",
                "/%25%32%66",
                "/a%252541"
            })
    void refusesWhatTwoReadersCouldTakeForDifferentPaths(String path) {
        assertThat(CanonicalPath.read(path)).isInstanceOf(Reading.Refused.class);
    }

    @Test
    void canonicalPathsStayAsTheyAre() {
        for (String path : new String[] {"/%41%2d%c3%a4/x", "/a%20%25/%e2%82%ac"}) {
            String once = read(path);
            assertThat(read(once)).isEqualTo(once);
        }
    }

    private static String read(String raw) {
        return switch (CanonicalPath.read(raw)) {
            case Reading.Canonical(String path) -> path;
            case Reading.Refused(String reason) -> "refused: " + reason;
        };
    }
}
