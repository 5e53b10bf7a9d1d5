package io.headgate.gateway.registry;

import io.headgate.api.AdminRole;
import io.headgate.api.ConfigKind;
import io.headgate.api.PathTemplate;
import io.headgate.api.ResourceId;
import io.headgate.api.SpecReader;
import io.headgate.api.TeamSpec;
import io.headgate.api.UpstreamPattern;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Who owns which paths, upstreams, resource types and tables; {@code platform/reports} registers the team reports. */
final class TeamKind implements ConfigKind<TeamSpec> {

    @Override
    public String kind() {
        return "Team";
    }

    @Override
    public String plural() {
        return "teams";
    }

    @Override
    public Class<TeamSpec> specType() {
        return TeamSpec.class;
    }

    @Override
    public TeamSpec read(SpecReader spec, ResourceId id) {
        List<PathTemplate> paths = spec.parsedList("paths", PathTemplate::parse);
        List<UpstreamPattern> upstreams = spec.parsedList("upstreams", UpstreamPattern::parse);
        List<String> resources = spec.parsedList("resources", text -> word("[A-Z][A-Za-z0-9_]{0,62}", text));
        List<String> tables =
                spec.parsedList("tables", text -> word("[a-z_][a-z0-9_]{0,62}(\\.[a-z_][a-z0-9_]{0,62})?", text));
        return spec.build(() -> new TeamSpec(paths, upstreams, Set.copyOf(resources), Set.copyOf(tables)));
    }

    private static String word(String form, String text) {
        if (!text.matches(form)) {
            throw new IllegalArgumentException("'" + text + "' (expected: " + form + ")");
        }
        return text;
    }

    @Override
    public Set<AdminRole> writers(Optional<TeamSpec> before, Optional<TeamSpec> after) {
        return Set.of(AdminRole.PLATFORM_ADMIN);
    }

    @Override
    public boolean isPlatformOnly() {
        return true;
    }
}
