package io.headgate.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PathTemplateTest {

    private static final List<String> LITERALS = List.of("a", "b");
    /** Every path over the literals, a foreign segment and the empty one, one segment longer than any template. */
    private static final List<String[]> PATHS = paths(List.of("a", "b", "z", ""), 4);

    @Test
    void matchesWhatItSays() {
        assertMatches("/", "/");
        assertMatches("/**", "/", "/a", "/a/b", "/a/");
        assertMatches("/a", "/a");
        assertMatches("/a/*", "/a/b");
        assertMatches("/a/{id}", "/a/b");
        assertMatches("/a/**", "/a", "/a/", "/a/b", "/a/b/c");
    }

    @Test
    void doesNotMatchAnythingElse() {
        assertDoesNotMatch("/", "/a");
        assertDoesNotMatch("/a", "/", "/A", "/a/", "/a/b", "/ab");
        assertDoesNotMatch("/a/*", "/a", "/a/", "/a/b/c");
        assertDoesNotMatch("/a/{id}", "/a/");
        assertDoesNotMatch("/a/**", "/ab", "/b");
    }

    @Test
    void namesTheVariables() {
        PathTemplate template = PathTemplate.parse("/t/{tenant}/*/{id}/**");

        assertThat(template.variableNames()).containsExactlyInAnyOrder("tenant", "id");
        assertThat(template.variables(PathTemplate.split("/t/acme/x/7/more")))
                .isEqualTo(Map.of("tenant", "acme", "id", "7"));
    }

    @Test
    void refusesWhatHasNoExactMeaning() {
        for (String text : List.of(
                "",
                "a",
                "//",
                "/a//b",
                "/a/",
                "/**/a",
                "/a**",
                "/a*",
                "/{a}b",
                "/{}",
                "/{1}",
                "/{a}/{a}",
                "/a b",
                "/ä",
                "/.",
                "/a/..",
                "/%2f",
                "/%zz",
                "/a;b",
                "/a?b",
                "/a#b",
                "/a\\b")) {
            assertThatIllegalArgumentException()
                    .as(text)
                    .isThrownBy(() -> PathTemplate.parse(text))
                    .withMessageContaining("expected");
        }
    }

    @Test
    void containsExactlyWhatEveryPathOfTheOtherSays() {
        var random = new Random(20261101);
        for (int round = 0; round < 5000; round++) {
            PathTemplate one = template(random);
            PathTemplate two = template(random);
            boolean contains = PATHS.stream().filter(two::matches).allMatch(one::matches);
            assertThat(one.contains(two)).as("%s contains %s", one, two).isEqualTo(contains);
        }
    }

    @Test
    void intersectsExactlyWhereSomePathIsOneOfBoth() {
        var random = new Random(20261102);
        for (int round = 0; round < 5000; round++) {
            PathTemplate one = template(random);
            PathTemplate two = template(random);
            boolean intersects = PATHS.stream().anyMatch(path -> one.matches(path) && two.matches(path));
            assertThat(one.intersects(two)).as("%s intersects %s", one, two).isEqualTo(intersects);
        }
    }

    @Test
    void showsAPathThatBothTake() {
        var random = new Random(20261103);
        for (int round = 0; round < 5000; round++) {
            PathTemplate one = template(random);
            PathTemplate two = template(random);
            if (one.intersects(two)) {
                String[] example = PathTemplate.split(one.exampleWith(two));
                assertThat(one.matches(example) && two.matches(example))
                        .as("%s of %s and %s", one.exampleWith(two), one, two)
                        .isTrue();
            }
        }
    }

    private static PathTemplate template(Random random) {
        var text = new StringBuilder();
        int segments = random.nextInt(4);
        for (int i = 0; i < segments; i++) {
            text.append('/')
                    .append(
                            switch (random.nextInt(4)) {
                                case 0 -> "*";
                                case 1 -> "{v" + i + "}";
                                default -> LITERALS.get(random.nextInt(LITERALS.size()));
                            });
        }
        if (random.nextInt(3) == 0) {
            text.append("/**");
        }
        return PathTemplate.parse(text.isEmpty() ? "/" : text.toString());
    }

    private static List<String[]> paths(List<String> segments, int longest) {
        List<String[]> paths = new ArrayList<>();
        List<List<String>> layer = List.of(List.of());
        for (int length = 0; length <= longest; length++) {
            List<List<String>> next = new ArrayList<>();
            for (List<String> path : layer) {
                paths.add(path.toArray(String[]::new));
                for (String segment : segments) {
                    List<String> longer = new ArrayList<>(path);
                    longer.add(segment);
                    next.add(longer);
                }
            }
            layer = next;
        }
        return paths;
    }

    private static void assertMatches(String template, String... paths) {
        for (String path : paths) {
            assertThat(PathTemplate.parse(template).matches(PathTemplate.split(path)))
                    .as("%s matches %s", template, path)
                    .isTrue();
        }
    }

    private static void assertDoesNotMatch(String template, String... paths) {
        for (String path : paths) {
            assertThat(PathTemplate.parse(template).matches(PathTemplate.split(path)))
                    .as("%s matches %s", template, path)
                    .isFalse();
        }
    }
}
