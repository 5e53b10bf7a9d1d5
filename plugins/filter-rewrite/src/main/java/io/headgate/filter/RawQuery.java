package io.headgate.filter;

import io.headgate.api.PageRequest;
import java.util.List;

/**
 * A whole query as it was read.
 *
 * @param isSorted whether it says anything about the order, be it that there is none
 */
record RawQuery(Draft filter, List<RawSort> sort, boolean isSorted, PageRequest page) {

    static final Draft NO_FILTER = new Draft.Group(true, List.of());

    static RawQuery of(Draft filter) {
        return new RawQuery(filter, List.of(), false, PageRequest.NONE);
    }
}
