package io.headgate.api;

import java.util.Map;
import java.util.Optional;

/**
 * What a module serves from, derived from a snapshot. The registry derives every view of a new revision off the event
 * loops, one revision after the other, and publishes them all with one write. A view must survive a resource that it
 * cannot use: leave that one out and report it.
 */
public interface ConfigView<V> {

    /** Derives the view of {@code next}; what did not change since {@code previous} is taken over as it is. */
    V derive(Optional<V> previous, ConfigSnapshot next);

    /** What the view could not use, each with the reason; the status shows it. */
    default Map<Resource<?>, String> leftOut(V view) {
        return Map.of();
    }
}
