package io.headgate.pagination;

/**
 * A place between two pages.
 *
 * @param limit the size of the page that it was made on
 */
record Cursor(int limit, Position position) {}
