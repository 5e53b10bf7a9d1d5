package io.headgate.pagination;

import io.headgate.api.SpecReader;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * How a route's pages are asked for and answered.
 *
 * @param maxLimit more items than these are never asked of the backend at once
 */
record PaginationSection(Set<ClientDialect> accepts, UpstreamPages upstream, int maxLimit, PageFormat respond) {

    private static final int DEFAULT_MAX_LIMIT = 100;
    private static final int HIGHEST_MAX_LIMIT = 10_000;

    PaginationSection {
        accepts = Set.copyOf(accepts);
    }

    static PaginationSection read(SpecReader section) {
        List<ClientDialect> accepts = section.choices("accepts", ClientDialect.class);
        var upstream = section.object("upstream", UpstreamPages::read);
        int maxLimit = section.integer("maxLimit", DEFAULT_MAX_LIMIT, 1, HIGHEST_MAX_LIMIT);
        PageFormat respond = section.choice("respond", PageFormat.class, PageFormat.ENVELOPE);
        return section.build(() -> new PaginationSection(
                accepts.isEmpty() ? Set.of(ClientDialect.CURSOR) : EnumSet.copyOf(accepts),
                upstream.get(),
                maxLimit,
                respond));
    }

    String summary() {
        return "Pages of at most " + maxLimit + " items.";
    }
}
