package io.headgate.pagination;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headgate.api.Caller;
import io.headgate.api.PageRequest;
import io.headgate.api.Problem;
import io.headgate.api.ProblemException;
import io.headgate.api.ProblemType;
import io.headgate.pagination.KeysetPages.Frame;
import io.headgate.pagination.KeysetPages.Page;
import io.headgate.pagination.KeysetPages.Place;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.http.HttpMethod;
import org.springframework.mock.http.server.reactive.MockServerHttpRequest;
import org.springframework.mock.web.server.MockServerWebExchange;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class KeysetPagesTest {

    private static final String ROWS = "/rows";
    private static final List<Optional<String>> FIRST = List.of(Optional.of("a"), Optional.of("1"));
    private static final List<Optional<String>> LAST = List.of(Optional.empty(), Optional.of("9"));

    private final PageFixture fixture = new PageFixture();
    private final KeysetPages pages = new KeysetPages(fixture.cursors, 50);

    @Test
    void beginsAtTheBeginning() {
        Page page = page(ROWS + "?limit=3&sort=name");

        assertThat(page.limit()).isEqualTo(3);
        assertThat(page.place()).isEqualTo(Place.BEGINNING);
        JsonNode envelope = envelope(page.around(List.of(FIRST, LAST), true));
        assertThat(envelope.path("data")).isEmpty();
        assertThat(envelope.path("page").path("limit").intValue()).isEqualTo(3);
        assertThat(envelope.path("page").path("has_more").booleanValue()).isTrue();
        assertThat(envelope.path("page").path("prev_cursor").isNull()).isTrue();
        assertThat(place(envelope, "next_cursor")).isEqualTo(new Place(false, LAST));
    }

    @Test
    void leadsOnAndBackByLinksThatSayAllThatWasAsked() {
        Page second = page(ROWS + "?limit=3&sort=name&cursor=" + cursor(new Place(false, FIRST)));

        Frame frame = second.around(List.of(FIRST, LAST), true);

        assertThat(second.place()).isEqualTo(new Place(false, FIRST));
        assertThat(frame.links().orElseThrow())
                .startsWith("<" + ROWS + "?sort=name&limit=3>; rel=\"first\", <" + ROWS + "?sort=name&limit=3&cursor=")
                .contains(">; rel=\"prev\", <")
                .endsWith(">; rel=\"next\"");
        assertThat(place(envelope(frame), "prev_cursor")).isEqualTo(new Place(true, FIRST));
    }

    @Test
    void theLastPageHasNoNextAndAnEmptyOneLeadsBackFromTheEnd() {
        Page page = page(ROWS + "?cursor=" + cursor(new Place(false, FIRST)));

        JsonNode last = envelope(page.around(List.of(LAST), false));
        assertThat(last.path("page").path("has_more").booleanValue()).isFalse();
        assertThat(last.path("page").path("next_cursor").isNull()).isTrue();

        JsonNode empty = envelope(page.around(List.of(), false));
        assertThat(place(empty, "prev_cursor")).isEqualTo(Place.END);
        assertThat(empty.path("page").path("next_cursor").isNull()).isTrue();
    }

    @Test
    void backwardsThereIsAlwaysANextAndBeforeTheBeginningIsTheBeginning() {
        Page page = page(ROWS + "?cursor=" + cursor(new Place(true, LAST)));

        JsonNode middle = envelope(page.around(List.of(FIRST), true));
        assertThat(place(middle, "prev_cursor")).isEqualTo(new Place(true, FIRST));
        assertThat(place(middle, "next_cursor")).isEqualTo(new Place(false, FIRST));

        JsonNode empty = envelope(page.around(List.of(), false));
        assertThat(empty.path("page").path("prev_cursor").isNull()).isTrue();
        assertThat(place(empty, "next_cursor")).isEqualTo(Place.BEGINNING);
    }

    @Test
    void takesLimitAndCursorFromABodyAndThenHasNoLinks() {
        var body = new PageRequest(
                OptionalLong.of(2),
                Optional.of(cursor(new Place(false, LAST))),
                OptionalLong.empty(),
                OptionalLong.empty());
        var posted =
                PageFixture.exchange(MockServerHttpRequest.post("/rows/query").build());

        Page page = pages.read(posted, body, "datasets/a/b", "digest", 100);

        assertThat(page.limit()).isEqualTo(2);
        assertThat(page.place()).isEqualTo(new Place(false, LAST));
        assertThat(page.around(List.of(LAST), true).links()).isEmpty();
    }

    @Test
    void lowersALimitToTheLargestAndKeepsTheCursorsWhereNoneIsAskedFor() {
        assertThat(page(ROWS + "?limit=5000").limit()).isEqualTo(100);
        assertThat(page(ROWS).limit()).isEqualTo(50);
        JsonNode envelope = envelope(page(ROWS + "?limit=7").around(List.of(FIRST), true));
        assertThat(page(ROWS + "?cursor="
                                + envelope.path("page").path("next_cursor").stringValue())
                        .limit())
                .isEqualTo(7);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "limit=0",
                "limit=-1",
                "limit=x",
                "offset=3",
                "page=2",
                "per_page=2",
                "Limit=3",
                "limit[]=3",
                "cursor=",
                "cursor=abc",
                "limit=1&limit=2"
            })
    void refusesEverythingElse(String query) {
        assertThatThrownBy(() -> page(ROWS + "?" + query))
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        refused -> assertThat(refused.problem()).isInstanceOf(Problem.InvalidQuery.class));
    }

    @Test
    void aCursorIsForOneCollectionQueryAndCallerAndNotForBackends() {
        String cursor = cursor(new Place(false, FIRST));
        var other = MockServerWebExchange.from(MockServerHttpRequest.get("/rows?cursor=" + cursor));
        Caller.KEY.put(other, PageFixture.caller("globex", "ana"));

        assertThatThrownBy(() -> pages.read(other, PageRequest.NONE, "datasets/a/b", "digest", 100))
                .isInstanceOf(ProblemException.class);
        assertThatThrownBy(() -> pages.read(get(cursor), PageRequest.NONE, "datasets/a/c", "digest", 100))
                .isInstanceOf(ProblemException.class);
        assertThatThrownBy(() -> pages.read(get(cursor), PageRequest.NONE, "datasets/a/b", "another", 100))
                .isInstanceOf(ProblemException.class);

        var binding = Cursors.Binding.of("datasets/a/b", Optional.of(PageFixture.caller("acme", "ana")), "digest");
        String ofABackend = fixture.cursors.seal(binding, new Cursor(5, new Position.Offset(5)));
        assertThatThrownBy(() -> page(ROWS + "?cursor=" + ofABackend)).isInstanceOf(ProblemException.class);
    }

    @Test
    void saysWhereAPlaceIsTooLongToBeSentBack() {
        List<Optional<String>> longest = List.of(Optional.of("x".repeat(3_000)));

        assertThatThrownBy(() -> page(ROWS).around(List.of(longest), true))
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        refused -> assertThat(refused.problem().type()).isEqualTo(ProblemType.UNSUPPORTED_QUERY));
        String ofTwoThousand = cursor(new Place(false, List.of(Optional.of("x".repeat(2_000)))));
        assertThat(page(ROWS + "?cursor=" + ofTwoThousand).place().values()).hasSize(1);
    }

    @Test
    void answersNothingWithoutAKey() {
        fixture.keys.remove("one");

        assertThatThrownBy(() -> page(ROWS))
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        refused -> assertThat(refused.problem().type()).isEqualTo(ProblemType.NOT_READY));
    }

    private String cursor(Place place) {
        var binding = Cursors.Binding.of("datasets/a/b", Optional.of(PageFixture.caller("acme", "ana")), "digest");
        return fixture.cursors.seal(binding, new Cursor(50, new Position.Row(place.backwards(), place.values())));
    }

    private Place place(JsonNode envelope, String member) {
        return page(ROWS + "?cursor=" + envelope.path("page").path(member).stringValue())
                .place();
    }

    private Page page(String uri) {
        return pages.read(PageFixture.get(uri), PageRequest.NONE, "datasets/a/b", "digest", 100);
    }

    private static MockServerWebExchange get(String cursor) {
        return PageFixture.exchange(MockServerHttpRequest.method(HttpMethod.GET, ROWS + "?cursor=" + cursor)
                .build());
    }

    private static JsonNode envelope(Frame frame) {
        return JsonMapper.shared().readTree(frame.head() + frame.tail());
    }
}
