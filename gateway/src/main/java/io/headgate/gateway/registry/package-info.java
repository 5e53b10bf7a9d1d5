/**
 * The registry: every resource that changes while traffic flows, its versions, and the snapshot that this instance serves.
 * A change enters through {@code Registry}; a new snapshot leaves as one volatile write.
 * It must never apply half of a change, go back to an older revision, or let one bad resource hold up the others.
 */
@NullMarked
package io.headgate.gateway.registry;

import org.jspecify.annotations.NullMarked;
