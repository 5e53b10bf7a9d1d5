package io.headgate.pagination;

import java.util.Optional;

/**
 * What an answer turned out to have.
 *
 * @param items that the client gets
 * @param isCut whether the backend sent more than these
 * @param total as it stands in the answer
 * @param next the backend's own cursor
 */
record PageSeen(long items, boolean isCut, Optional<String> total, Optional<String> next) {}
