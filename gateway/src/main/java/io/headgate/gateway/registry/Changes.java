package io.headgate.gateway.registry;

import java.util.List;
import java.util.UUID;

/**
 * What the store says has changed since a revision.
 *
 * @param store says whether it is still the one that was asked before
 * @param since the revision that was asked for
 * @param whole whether these are all rows, and what is not among them is gone
 */
record Changes(UUID store, long revision, long since, boolean whole, List<Row> rows) {}
