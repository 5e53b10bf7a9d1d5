package io.headgate.filter;

import io.headgate.api.ResourceId;
import java.util.Optional;

/**
 * Whom a query is for, as it is counted and told.
 *
 * @param emits the language that it is written in for whoever answers it
 */
record QueryTarget(ResourceId route, ResourceId schema, String emits, Optional<ResourceId> dataset) {

    /** What the gateway itself reads from a database. */
    static final String SQL = "sql";
}
