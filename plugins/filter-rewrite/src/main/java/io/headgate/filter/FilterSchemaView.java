package io.headgate.filter;

import io.headgate.api.ConfigSnapshot;
import io.headgate.api.ConfigView;
import io.headgate.api.Resource;
import io.headgate.api.ResourceId;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** The schemas of a revision; as they are read they can be used. */
final class FilterSchemaView implements ConfigView<Map<ResourceId, FilterSchema>> {

    @Override
    public Map<ResourceId, FilterSchema> derive(Optional<Map<ResourceId, FilterSchema>> previous, ConfigSnapshot next) {
        return next.all(FilterSchema.class).stream()
                .collect(Collectors.toUnmodifiableMap(Resource::id, Resource::spec));
    }
}
