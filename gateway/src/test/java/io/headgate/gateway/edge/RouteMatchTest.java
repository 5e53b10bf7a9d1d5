package io.headgate.gateway.edge;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.http.HttpMethod;

class RouteMatchTest {

    @ParameterizedTest
    @CsvSource({
        "GET /a, GET /a, true",
        "GET /a/{x}, GET /a/*, true",
        "GET /a/{x}, GET /a/b, false",
        "GET /a/**, ANY /a/b, true",
        "ANY /a/**, GET /a/b, false",
        "GET /a/*, GET /*/b, true",
        "GET /a/*, POST /*/b, false",
        "HEAD /a, GET /a, false",
        "GET /a, 'GET,HEAD /a', true",
        "GET a.org/x, GET b.org/x, false",
        "GET a.org/*, GET /x, true",
        "GET a.org/x, GET /x, false",
        "GET *.org/x, GET a.org/x, false",
        "GET *.org/x, GET *.a.org/x, false",
        "GET *.org/x, GET org/x, false",
        "GET *.org/x, GET a.org/*, true",
        "GET /a/**, GET /a, false",
        "GET /**, GET /a/b/c/d, false"
    })
    void routesConflictWhereTheyMeetAndNeitherIsNarrower(String one, String other, boolean conflict) {
        assertThat(parse(one).conflictsWith(parse(other))).isEqualTo(conflict);
        assertThat(parse(other).conflictsWith(parse(one))).isEqualTo(conflict);
    }

    @ParameterizedTest
    @CsvSource({
        "GET /a/*/c, GET /a/b/*, GET http://localhost/a/b/c",
        "'POST,DELETE api.org/a/**', 'POST *.org/*/b', POST http://api.org/a/b",
        "'GET *.x.org/a', ANY *.x.org/a, GET http://x.x.org/a",
        "PUT /**, ANY /a/{id}, PUT http://localhost/a/x"
    })
    void showsARequestThatBothTake(String one, String other, String example) {
        assertThat(parse(one).exampleWith(parse(other))).isEqualTo(example);
    }

    @Test
    void everyExampleOfAConflictIsTakenByBoth() {
        Random random = new Random(42);
        int conflicts = 0;
        for (int i = 0; i < 20_000; i++) {
            RouteMatch one = RouteIndexTest.randomRoute(random, "one").match();
            RouteMatch other = RouteIndexTest.randomRoute(random, "other").match();
            if (one.conflictsWith(other)) {
                conflicts++;
                String example = one.exampleWith(other);
                HttpMethod method = HttpMethod.valueOf(example.substring(0, example.indexOf(' ')));
                String address = example.substring(example.indexOf("//") + 2);
                String host = address.substring(0, address.indexOf('/'));
                String path = address.substring(address.indexOf('/'));
                for (RouteMatch match : List.of(one, other)) {
                    assertThat(single(match).find(host, method, path))
                            .as("%s by %s", example, match)
                            .isPresent();
                }
            }
        }
        assertThat(conflicts).isGreaterThan(1_000);
    }

    @Test
    void findsTheOneConflictAmongTenThousandRoutes() {
        List<RouteMatch> routes = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            routes.add(parse("GET /api/team-" + i % 100 + "/service-" + i + "/{id}"));
        }
        RouteMatch candidate = parse("GET /api/team-42/service-4242/*");

        assertThat(routes.stream().filter(candidate::conflictsWith)).containsExactly(routes.get(4242));
    }

    private static RouteIndex<String> single(RouteMatch match) {
        return RouteIndex.<String>empty().with(new RouteIndex.Entry<>(match, "it", "it"));
    }

    private static RouteMatch parse(String text) {
        int space = text.indexOf(' ');
        int slash = text.indexOf('/');
        String[] methods = text.startsWith("ANY")
                ? new String[0]
                : text.substring(0, space).split(",");
        return RouteIndexTest.route("it", text.substring(space + 1, slash), text.substring(slash), methods)
                .match();
    }
}
