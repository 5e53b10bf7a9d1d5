package io.headgate.filter;

import io.headgate.api.ResourceId;
import java.util.Optional;

/** The schemas that hold now. */
@FunctionalInterface
public interface FilterSchemas {

    /** Never blocks. */
    Optional<FilterSchema> find(ResourceId id);
}
