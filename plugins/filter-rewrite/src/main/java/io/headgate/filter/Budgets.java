package io.headgate.filter;

/**
 * What a query may cost: checked while it is read, so that no more than this of it is ever held.
 *
 * @param depth groups within groups
 * @param nodes conditions and groups together
 * @param list values of one condition
 * @param size characters of all that makes the query
 * @param sortKeys fields that rows are ordered by
 */
public record Budgets(int depth, int nodes, int list, int size, int sortKeys) {

    public static final Budgets DEFAULT = new Budgets(5, 50, 200, 16 * 1024, 4);
}
