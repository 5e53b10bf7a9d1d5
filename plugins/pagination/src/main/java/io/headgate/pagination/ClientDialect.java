package io.headgate.pagination;

/** How clients may ask for a page. */
enum ClientDialect {
    CURSOR,
    OFFSET,
    PAGE
}
