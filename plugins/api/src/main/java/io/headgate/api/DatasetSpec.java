package io.headgate.api;

import java.util.List;
import java.util.Set;

/**
 * Rows of one table that callers may read page by page and export, each tenant its own.
 *
 * @param table with its schema before it, where that is not {@code public}
 * @param key a unique column that is never NULL; rows come in its order unless they are sorted
 * @param filterSchema what the rows can be filtered and sorted by
 * @param columns what a row has, in this order
 * @param formats what it can be exported as
 */
public record DatasetSpec(
        ResourceId database,
        String table,
        String tenantColumn,
        String key,
        ResourceId filterSchema,
        List<String> columns,
        Set<Format> formats,
        Limits limits) {

    public enum Format {
        CSV,
        XLSX,
        NDJSON,
        PDF
    }

    /**
     * @param rows an export of more is refused, or fails where that shows only on the way
     * @param pageCost what a page may cost, as the planner of the database reckons
     * @param exportCost the same for an export
     * @param lastOnPrimary whether the last attempt at an export may read from the primary
     */
    public record Limits(long rows, long pageCost, long exportCost, boolean lastOnPrimary) {}

    public DatasetSpec {
        columns = List.copyOf(columns);
        formats = Set.copyOf(formats);
    }
}
