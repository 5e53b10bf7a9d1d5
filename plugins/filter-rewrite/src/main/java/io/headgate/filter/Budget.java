package io.headgate.filter;

/** Counts what one query has cost so far, and ends its reading where that is too much. */
final class Budget {

    private final Budgets budgets;
    private final Refusals refusals;
    private int nodes;

    Budget(Budgets budgets, Refusals refusals) {
        this.budgets = budgets;
        this.refusals = refusals;
    }

    /** One more condition or group. */
    void node(String at) {
        if (++nodes > budgets.nodes()) {
            throw refusals.fatal(
                    at,
                    "more than " + budgets.nodes() + " conditions and groups (expected: at most " + budgets.nodes()
                            + ")");
        }
    }

    /** @param depth of what begins here, from 1 */
    void depth(int depth, String at) {
        if (depth > budgets.depth()) {
            throw refusals.fatal(at, "nested " + depth + " deep (expected: at most " + budgets.depth() + ")");
        }
    }

    void list(int values, String at) {
        if (values > budgets.list()) {
            throw refusals.fatal(
                    at, "more than " + budgets.list() + " values (expected: at most " + budgets.list() + ")");
        }
    }

    void sortKeys(int keys, String at) {
        if (keys > budgets.sortKeys()) {
            throw refusals.fatal(
                    at, "more than " + budgets.sortKeys() + " fields (expected: at most " + budgets.sortKeys() + ")");
        }
    }

    void size(int size, String at) {
        if (size > budgets.size()) {
            throw refusals.fatal(at, size + " characters (expected: at most " + budgets.size() + ")");
        }
    }
}
