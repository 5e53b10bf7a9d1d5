package io.headgate.filter;

import io.headgate.api.ResourceId;
import java.util.Optional;

/** The datasets that hold now. */
@FunctionalInterface
public interface Datasets {

    /** Never blocks. Empty too where the dataset is there and its schema is not, or does not fit it any more. */
    Optional<Dataset> find(ResourceId id);
}
