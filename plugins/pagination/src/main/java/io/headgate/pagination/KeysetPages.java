package io.headgate.pagination;

import io.headgate.api.Caller;
import io.headgate.api.PageRequest;
import io.headgate.api.Problem;
import io.headgate.api.ProblemType;
import io.headgate.pagination.Cursors.Binding;
import io.headgate.pagination.PageQuestion.Start;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.server.ServerWebExchange;

/** Pages of rows that the gateway reads by itself: asked for, sealed and answered as those of every route. */
public final class KeysetPages {

    /** What a cursor can hold and still be sent back in a URL. */
    private static final int MAX_PLACE = 2_048;

    private final Cursors cursors;
    private final int defaultLimit;

    KeysetPages(Cursors cursors, int defaultLimit) {
        this.cursors = cursors;
        this.defaultLimit = defaultLimit;
    }

    /**
     * A place between two rows.
     *
     * @param backwards whether the rows before it are meant, and not those behind it
     * @param values of the row beside it, in the order of the sort; none at the beginning, and backwards at the end
     */
    public record Place(boolean backwards, List<Optional<String>> values) {

        public static final Place BEGINNING = new Place(false, List.of());
        public static final Place END = new Place(true, List.of());

        public Place {
            values = List.copyOf(values);
        }
    }

    /**
     * What stands around the rows of a page.
     *
     * @param head before the rows, in a list that it opens
     * @param links the header, where an address says all that was asked
     */
    public record Frame(String head, String tail, Optional<String> links) {}

    /**
     * The page that a request asks for.
     *
     * @param body what a body asked for, where the query came in one
     * @param collection what is asked; a cursor is good for nothing else
     * @param query a digest of filter and order, with their values
     */
    public Page read(ServerWebExchange exchange, PageRequest body, String collection, String query, int maxLimit) {
        ServerHttpRequest request = exchange.getRequest();
        String rawQuery = Optional.ofNullable(request.getURI().getRawQuery()).orElse("");
        PageQuestion asked = PageQuestion.read(rawQuery, body, new Rules(maxLimit));
        if (!cursors.canSeal()) {
            throw Cursors.unavailable();
        }
        Binding binding = Binding.of(collection, Caller.KEY.find(exchange), query);
        Optional<Cursor> cursor = asked.start() instanceof Start.AtCursor(String text, String where)
                ? Optional.of(cursors.open(binding, text, where))
                : Optional.empty();
        int limit = asked.limit().orElse(Math.min(cursor.map(Cursor::limit).orElse(defaultLimit), maxLimit));
        return new Page(
                limit,
                cursor.map(it -> place(it.position())),
                new PageSeals(cursors, binding, limit),
                new PageLinks(request, asked.others(), limit));
    }

    private static Place place(Position position) {
        return switch (position) {
            case Position.Row(boolean backwards, List<Optional<String>> values) -> new Place(backwards, values);
            case Position.Offset _, Position.Before _, Position.Page _, Position.Token _ ->
                throw Refusals.of("/cursor", "made when this was answered in another way (expected: a new first page)");
        };
    }

    /** One page that was asked for. */
    public static final class Page {

        private final int limit;
        private final Optional<Place> from;
        private final PageSeals seals;
        private final PageLinks links;

        private Page(int limit, Optional<Place> from, PageSeals seals, PageLinks links) {
            this.limit = limit;
            this.from = from;
            this.seals = seals;
            this.links = links;
        }

        public int limit() {
            return limit;
        }

        public Place place() {
            return from.orElse(Place.BEGINNING);
        }

        /**
         * @param rows the values that each row of the answer has a place by, in the order of the answer
         * @param hasMore whether there are further rows in the direction that was asked for
         */
        public Frame around(List<List<Optional<String>>> rows, boolean hasMore) {
            boolean backwards = place().backwards();
            Optional<Place> next = hasMore || backwards
                    ? Optional.of(rows.isEmpty() ? Place.BEGINNING : new Place(false, rows.getLast()))
                    : Optional.empty();
            boolean hasPrevious = backwards ? hasMore : !place().values().isEmpty();
            Optional<Place> previous = hasPrevious
                    ? Optional.of(rows.isEmpty() ? Place.END : new Place(true, rows.getFirst()))
                    : Optional.empty();
            return framed(next.map(this::sealed), previous.map(this::sealed));
        }

        private String sealed(Place place) {
            var row = new Position.Row(place.backwards(), place.values());
            int size = row.bytes().length;
            if (size > MAX_PLACE) {
                throw Problem.of(
                                ProblemType.UNSUPPORTED_QUERY,
                                "Rows of this page have " + size
                                        + " bytes in what they are ordered by (expected: at most " + MAX_PLACE
                                        + "); order them by something shorter.")
                        .asException();
            }
            return seals.seal(row);
        }

        private Frame framed(Optional<String> next, Optional<String> previous) {
            List<String> all = new ArrayList<>();
            all.add(links.first());
            previous.ifPresent(cursor -> all.add(links.to(cursor, "prev")));
            next.ifPresent(cursor -> all.add(links.to(cursor, "next")));
            return new Frame(
                    "{\"data\":[",
                    "]" + PageSeals.tail(limit, next, previous),
                    links.areOfUse() ? Optional.of(String.join(", ", all)) : Optional.empty());
        }
    }

    private record Rules(int maxLimit) implements PageRules {
        @Override
        public Set<ClientDialect> accepts() {
            return Set.of(ClientDialect.CURSOR);
        }

        @Override
        public Set<String> reserved() {
            return PageQuestion.NAMES;
        }
    }
}
