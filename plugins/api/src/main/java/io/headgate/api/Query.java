package io.headgate.api;

import java.util.List;

/**
 * What a request asks of a collection.
 *
 * @param scope the rows of the caller's tenant; stands before the filter in whatever is made of the query
 * @param filter what the client asked for, in canonical form
 * @param sort empty where the client left the order open
 * @param page as the client asked in a body
 * @param digest of filter and sort with their values, so that a cursor can be bound to them
 */
public record Query(Filter.Condition scope, Filter filter, List<SortKey> sort, PageRequest page, String digest) {

    public static final ExchangeKey<Query> KEY = ExchangeKey.of(Query.class);

    public Query {
        sort = List.copyOf(sort);
    }

    public Query withPage(PageRequest changed) {
        return new Query(scope, filter, sort, changed, digest);
    }

    /** The same with a position, a sort or a filter that the gateway itself adds: it stays the client's query. */
    public Query narrowedTo(Filter position, List<SortKey> total) {
        return new Query(scope, new Filter.All(List.of(filter, position)), total, page, digest);
    }
}
