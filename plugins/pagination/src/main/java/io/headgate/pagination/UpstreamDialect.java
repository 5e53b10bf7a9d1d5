package io.headgate.pagination;

/** How a backend is asked for a page. */
enum UpstreamDialect {
    OFFSET,
    PAGE,
    /** By a cursor of its own, at {@code next} in its answer. */
    CURSOR,
    /** By the {@code Link} header of its answer. */
    LINK
}
