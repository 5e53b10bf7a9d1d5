package io.headgate.ratelimit;

import io.headgate.api.ResourceId;
import io.headgate.api.SpecReader;
import java.util.List;

/**
 * What a route asks of the limits.
 *
 * @param policies the limits that it names, besides those that apply to it by their own pattern
 * @param cost what one request takes from each
 */
record RateLimitSection(List<ResourceId> policies, int cost, Criticality criticality) {

    private static final int MAX_POLICIES = 16;
    private static final int MAX_COST = 1000;

    RateLimitSection {
        if (policies.size() > MAX_POLICIES) {
            throw new IllegalArgumentException(
                    "policies: " + policies.size() + " (expected: at most " + MAX_POLICIES + ")");
        }
        policies = List.copyOf(policies);
    }

    static RateLimitSection read(SpecReader section, String team) {
        List<ResourceId> policies = section.parsedList("policies", text -> ResourceId.reference(team, text));
        int cost = section.integer("cost", 1, 1, MAX_COST);
        Criticality criticality = section.choice("criticality", Criticality.class, Criticality.DEFAULT);
        return section.build(() -> new RateLimitSection(policies, cost, criticality));
    }
}
