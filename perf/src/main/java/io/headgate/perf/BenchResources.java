package io.headgate.perf;

import java.util.List;
import java.util.Map;

/** What the benches configure a gateway with, as the admin API and the configuration directory take it. */
final class BenchResources {

    /** The type of what routes of the benches give out. */
    static final String TYPE = "BenchItem";

    private BenchResources() {}

    static Map<String, Object> resource(String kind, String team, String name, Map<String, Object> spec) {
        return Map.of(
                "apiVersion",
                "headgate/v1",
                "kind",
                kind,
                "metadata",
                Map.of("team", team, "name", name),
                "spec",
                spec);
    }

    /** Those with this role may read, and nobody may do anything else. */
    static Map<String, Object> policies(String team, String name, String role) {
        return resource(
                "PolicySet",
                team,
                name,
                Map.of(
                        "schema",
                        "entity Role; entity User in [Role] { tenant: String, plan?: String, scopes: Set<String> };"
                                + " entity " + TYPE + " { tenant: String, route: String, team: String };"
                                + " action read appliesTo { principal: User, resource: " + TYPE + " };",
                        "policies",
                        List.of(Map.of(
                                "id",
                                "members-read",
                                "source",
                                "permit(principal in Role::\"" + role + "\", action == Action::\"read\", resource is "
                                        + TYPE + ");"))));
    }

    /** A route's part that has these policies decide. */
    static Map<String, Object> enforced() {
        return Map.of("mode", "enforce", "resource", TYPE, "operations", List.of(Map.of("action", "read")));
    }
}
