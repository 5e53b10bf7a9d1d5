package io.headgate.api;

import java.net.URI;
import java.util.List;
import java.util.Set;

/** What a team owns. Nothing outside of it can be named in the team's resources. */
public record TeamSpec(
        List<PathTemplate> paths, List<UpstreamPattern> upstreams, Set<String> resources, Set<String> tables) {

    public TeamSpec {
        paths = List.copyOf(paths);
        upstreams = List.copyOf(upstreams);
        resources = Set.copyOf(resources);
        tables = Set.copyOf(tables);
    }

    public boolean ownsPath(PathTemplate path) {
        return paths.stream().anyMatch(owned -> owned.contains(path));
    }

    public boolean mayCall(URI upstream) {
        return upstreams.stream().anyMatch(allowed -> allowed.allows(upstream));
    }
}
