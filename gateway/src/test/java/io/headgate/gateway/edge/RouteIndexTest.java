package io.headgate.gateway.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.api.PathTemplate;
import io.headgate.gateway.edge.RouteIndex.Entry;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.http.HttpMethod;

class RouteIndexTest {

    private static final List<HttpMethod> METHODS =
            List.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.POST, HttpMethod.DELETE);

    @ParameterizedTest
    @CsvSource({
        "GET, a.example.com, /api/reports/7, literal",
        "GET, a.example.com, /api/reports/8, variable",
        "HEAD, a.example.com, /api/reports/8, variable",
        "POST, a.example.com, /api/reports/7, open",
        "GET, a.example.com, /api/reports, open",
        "GET, a.example.com, /api/reports/, open",
        "GET, a.example.com, /api/reports/7/x, open",
        "GET, other.org, /api/reports/7, NONE",
        "GET, b.example.com, /x, domain",
        "GET, example.com, /x, NONE",
        "GET, c.b.example.com, /x, domain",
        "GET, only.example.com, /x, host",
        "GET, only.example.com, /y/z, NONE",
        "GET, other.org, /, root",
        "DELETE, b.example.com, /x, NONE"
    })
    void findsTheNarrowestRoute(String method, String host, String path, String expected) {
        RouteIndex<String> index = index(
                route("open", "*.example.com", "/api/**"),
                route("variable", "a.example.com", "/api/reports/{id}", "GET"),
                route("literal", "a.example.com", "/api/reports/7", "GET"),
                route("domain", "*.example.com", "/{any}", "GET"),
                route("host", "only.example.com", "/x", "GET"),
                route("root", "", "/"));

        assertThat(index.find(host, HttpMethod.valueOf(method), path).orElse("NONE"))
                .isEqualTo(expected);
    }

    @Test
    void goesBackWhereTheLiteralLeadsNowhere() {
        RouteIndex<String> index =
                index(route("literal", "", "/a/b/c"), route("variable", "", "/{x}/b/d"), route("open", "", "/a/**"));

        assertThat(index.find("", HttpMethod.GET, "/a/b/c")).contains("literal");
        assertThat(index.find("", HttpMethod.GET, "/z/b/d")).contains("variable");
        assertThat(index.find("", HttpMethod.GET, "/a/b/e")).contains("open");
    }

    @Test
    void namesExactlyTheMethodsThatThePathTakes() {
        RouteIndex<String> index = index(
                route("read", "", "/a/{id}", "GET"), route("write", "", "/a/**", "POST"), route("b", "", "/b", "PUT"));

        assertThat(index.methods("h", "/a/1"))
                .containsExactlyInAnyOrder(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.POST);
        assertThat(index.methods("h", "/c")).isEmpty();
    }

    @Test
    void aChangeLeavesTheEarlierIndexAsItWas() {
        Entry<String> one = route("one", "", "/a/b");
        RouteIndex<String> before = index(one);
        RouteIndex<String> after = before.without(one).with(route("two", "", "/a/{x}"));

        assertThat(before.find("", HttpMethod.GET, "/a/b")).contains("one");
        assertThat(after.find("", HttpMethod.GET, "/a/b")).contains("two");
        assertThat(after.without(route("two", "", "/a/{x}")).find("", HttpMethod.GET, "/a/b"))
                .isEmpty();
    }

    /** Against a matcher that looks at every route, over random sets without conflicts, built and unbuilt in any order. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void agreesWithAMatcherThatLooksAtEveryRoute(long seed) {
        Random random = new Random(seed);
        List<Entry<String>> routes = new ArrayList<>();
        RouteIndex<String> index = RouteIndex.empty();
        for (int i = 0; i < 400; i++) {
            Entry<String> candidate = randomRoute(random, "r" + i);
            if (!routes.isEmpty() && random.nextInt(5) == 0) {
                Entry<String> gone = routes.remove(random.nextInt(routes.size()));
                index = index.without(gone);
            } else if (routes.stream().noneMatch(it -> it.match().conflictsWith(candidate.match()))) {
                routes.add(candidate);
                index = index.with(candidate);
            }
        }
        assertThat(index.size()).isEqualTo(routes.size());
        for (int i = 0; i < 3_000; i++) {
            String host = pick(random, "a.x.org", "b.x.org", "x.org", "c.b.x.org", "y");
            String path = randomPath(random);
            HttpMethod method = METHODS.get(random.nextInt(METHODS.size()));
            List<Entry<String>> all = routes.stream()
                    .filter(it -> takes(it.match(), host, method, path))
                    .toList();
            List<Entry<String>> narrowest = all.stream()
                    .filter(it -> all.stream().allMatch(other -> other.match().contains(it.match())))
                    .toList();

            assertThat(narrowest).as("%s %s%s of %s", method, host, path, all).hasSize(all.isEmpty() ? 0 : 1);
            assertThat(index.find(host, method, path))
                    .as("%s %s%s", method, host, path)
                    .isEqualTo(narrowest.stream().map(Entry::route).findFirst());
        }
    }

    @Test
    void findsAnyOfTenThousandRoutesAndForgetsThemAgain() {
        RouteIndex<String> index = RouteIndex.empty();
        for (int i = 0; i < 10_000; i++) {
            index = index.with(route("r" + i, "", "/api/service-" + i + "/{id}", "GET"));
        }
        for (int i = 0; i < 10_000; i += 97) {
            assertThat(index.find("h", HttpMethod.GET, "/api/service-" + i + "/7"))
                    .contains("r" + i);
        }
        for (int i = 0; i < 10_000; i += 97) {
            index = index.without(route("r" + i, "", "/api/service-" + i + "/{id}", "GET"));
            assertThat(index.find("h", HttpMethod.GET, "/api/service-" + i + "/7"))
                    .isEmpty();
        }
        assertThat(index.find("h", HttpMethod.GET, "/api/service-1/7")).contains("r1");
    }

    private static boolean takes(RouteMatch match, String host, HttpMethod method, String path) {
        boolean hostFits = match.host().isEmpty()
                || match.host().equals(host)
                || match.host().startsWith("*.") && host.endsWith(match.host().substring(1));
        return hostFits && match.accepts(method) && match.path().matches(PathTemplate.split(path));
    }

    static Entry<String> randomRoute(Random random, String id) {
        String host = pick(random, "", "", "a.x.org", "*.x.org", "*.b.x.org");
        var path = new StringBuilder();
        int depth = random.nextInt(4);
        for (int i = 0; i < depth; i++) {
            path.append('/').append(pick(random, "a", "b", "c", "*", "{v" + i + "}"));
        }
        if (random.nextInt(3) == 0) {
            path.append("/**");
        }
        String[] methods = METHODS.stream()
                .filter(it -> random.nextInt(3) == 0)
                .map(HttpMethod::name)
                .toArray(String[]::new);
        return route(id, host, path.isEmpty() ? "/" : path.toString(), methods);
    }

    private static String randomPath(Random random) {
        var path = new StringBuilder();
        for (int i = random.nextInt(5); i > 0; i--) {
            path.append('/').append(pick(random, "a", "b", "c", "d"));
        }
        return path.isEmpty() ? "/" : random.nextInt(6) == 0 ? path + "/" : path.toString();
    }

    private static String pick(Random random, String... some) {
        return some[random.nextInt(some.length)];
    }

    @SafeVarargs
    private static RouteIndex<String> index(Entry<String>... entries) {
        RouteIndex<String> index = RouteIndex.empty();
        for (Entry<String> entry : entries) {
            index = index.with(entry);
        }
        return index;
    }

    static Entry<String> route(String id, String host, String path, String... methods) {
        Set<HttpMethod> set = Arrays.stream(methods).map(HttpMethod::valueOf).collect(Collectors.toSet());
        if (set.contains(HttpMethod.GET)) {
            set.add(HttpMethod.HEAD);
        }
        return new Entry<>(new RouteMatch(host, set, PathTemplate.parse(path)), id, id);
    }
}
