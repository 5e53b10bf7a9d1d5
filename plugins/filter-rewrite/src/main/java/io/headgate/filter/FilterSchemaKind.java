package io.headgate.filter;

import io.headgate.api.AdminRole;
import io.headgate.api.ConfigKind;
import io.headgate.api.ResourceId;
import io.headgate.api.SpecReader;
import java.util.Optional;
import java.util.Set;

/** Schemas, each its team's own. */
final class FilterSchemaKind implements ConfigKind<FilterSchema> {

    @Override
    public String kind() {
        return "FilterSchema";
    }

    @Override
    public String plural() {
        return "filter-schemas";
    }

    @Override
    public Class<FilterSchema> specType() {
        return FilterSchema.class;
    }

    @Override
    public FilterSchema read(SpecReader spec, ResourceId id) {
        return FilterSchema.read(spec);
    }

    @Override
    public Set<AdminRole> writers(Optional<FilterSchema> before, Optional<FilterSchema> after) {
        return Set.of(AdminRole.TEAM_WRITER, AdminRole.PLATFORM_ADMIN);
    }
}
