package io.headgate.filter;

import java.util.Set;
import java.util.TreeSet;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a planner reckons that a statement costs.
 *
 * @param cost in the planner's own unit: reading one page of a table after another is 1
 * @param rows that come out, without a limit
 * @param nodes what the plan is made of
 */
public record PlanCost(double cost, double rows, Set<String> nodes) {

    private static final String TYPE = "Node Type";
    private static final String BELOW = "Plans";
    private static final Set<String> INDEXES = Set.of("Index Scan", "Index Only Scan");
    private static final Set<String> JOINING = Set.of("Append", "Merge Append");

    public PlanCost {
        nodes = Set.copyOf(nodes);
    }

    /** @throws IllegalStateException where it is no plan, so that nothing passes unjudged */
    static PlanCost whole(String explained) {
        JsonNode plan = plan(explained);
        return new PlanCost(cost(plan), number(plan, "Plan Rows"), nodes(plan, new TreeSet<>()));
    }

    /**
     * Of a slice. Its limit makes every plan look cheap, as if the rows came at once: what stands below it counts, unless
     * that is an index in the right order of which no row is left out but for its tenant.
     *
     * @param isUniform whether the slices that follow begin where this one ends, in the same index
     * @param ofTenant the condition on the tenant, as plans write it
     */
    static PlanCost belowLimit(String explained, boolean isUniform, Set<String> ofTenant) {
        JsonNode limit = plan(explained);
        JsonNode below = limit.path(BELOW).path(0);
        if (!limit.path(TYPE).stringValue("").equals("Limit") || !below.isObject()) {
            throw new IllegalStateException("a plan without a limit at its top");
        }
        return new PlanCost(
                cost(isUniform && isInOrder(below, ofTenant) ? limit : below),
                number(below, "Plan Rows"),
                nodes(limit, new TreeSet<>()));
    }

    /**
     * Whether indexes hand out the rows as they are wanted. How many are the tenant's a planner knows; what else rows are
     * asked for it may be wrong about by any factor.
     */
    private static boolean isInOrder(JsonNode node, Set<String> ofTenant) {
        String type = node.path(TYPE).stringValue("");
        if (JOINING.contains(type)) {
            return node.path(BELOW).valueStream().allMatch(below -> isInOrder(below, ofTenant));
        }
        String condition = node.path("Filter").stringValue("");
        return INDEXES.contains(type) && (condition.isEmpty() || ofTenant.contains(condition));
    }

    private static JsonNode plan(String explained) {
        try {
            return JsonMapper.shared().readTree(explained).path(0).path("Plan");
        } catch (JacksonException e) {
            throw new IllegalStateException("not a plan in JSON", e);
        }
    }

    private static double cost(JsonNode node) {
        return number(node, "Total Cost");
    }

    private static double number(JsonNode node, String member) {
        JsonNode value = node.path(member);
        if (!value.isNumber()) {
            throw new IllegalStateException("a plan without its " + member);
        }
        return value.doubleValue();
    }

    private static Set<String> nodes(JsonNode node, Set<String> found) {
        found.add(node.path(TYPE).stringValue("?"));
        node.path(BELOW).forEach(below -> nodes(below, found));
        return found;
    }
}
