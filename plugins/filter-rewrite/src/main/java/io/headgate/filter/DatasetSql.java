package io.headgate.filter;

import io.headgate.api.Filter;
import io.headgate.api.SortKey;
import io.headgate.api.Value;
import io.r2dbc.spi.Readable;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The statements that read a dataset. Every name in them is the dataset's or its schema's and stands in quotes, every
 * value is bound, and the tenant is the first thing that is asked of a row. No column is given another name where there is
 * an order, since an order takes such names for its own.
 */
public final class DatasetSql {

    private final Dataset dataset;

    public DatasetSql(Dataset dataset) {
        this.dataset = dataset;
    }

    /**
     * Rows of one tenant.
     *
     * @param order a total one
     * @param after the row that they come behind
     * @param rows at the most
     */
    public record Slice(String tenant, Filter filter, List<SortKey> order, Optional<Keyset.Position> after, int rows) {
        public Slice {
            order = List.copyOf(order);
            if (rows < 1) {
                throw new IllegalArgumentException("rows: " + rows + " (expected: 1 or more)");
            }
        }
    }

    /**
     * A row of a page.
     *
     * @param json empty where it is larger than asked for
     * @param place what its order says of it, to go on from
     */
    public record PageRow(Optional<String> json, Keyset.Position place) {}

    /** The order that a query is answered in: its own and then that of the key, so that no two rows tie. */
    public List<SortKey> order(List<SortKey> sort) {
        return Keyset.total(sort, dataset.spec().key());
    }

    /** A slice as a planner can judge it: its limit stands at the top. */
    public Sql slice(Slice slice) {
        var sql = new SqlWriter(dataset.schema());
        return slice(slice, sql).done();
    }

    /**
     * A page, each row as JSON that the database writes, whatever the types of its columns, with the values that its
     * order knows it by; {@link #row} reads it.
     *
     * @param maxRow bytes; a larger row comes without its JSON
     */
    public Sql page(Slice slice, int maxRow) {
        var sql = new SqlWriter(dataset.schema());
        sql.text("SELECT CASE WHEN octet_length(shown.line) <= ").bind(maxRow).text(" THEN shown.line END");
        for (SortKey key : slice.order()) {
            sql.text(", of_page.").quoted(dataset.column(key.field()));
            sql.text(dataset.schema().field(key.field()).type().isText() ? "::text" : "");
        }
        slice(slice, sql.text(" FROM ("))
                .text(") AS of_page CROSS JOIN LATERAL (SELECT row_to_json(shape)::text AS line FROM (SELECT ");
        String separator = "";
        for (String name : dataset.spec().columns()) {
            sql.text(separator)
                    .text("of_page.")
                    .quoted(dataset.column(name))
                    .text(" AS ")
                    .quoted(name);
            separator = ", ";
        }
        return sql.text(") AS shape) AS shown").done();
    }

    /** @param order that of the page's slice */
    public PageRow row(Readable row, List<SortKey> order) {
        List<Optional<Value>> values = new ArrayList<>();
        for (int i = 0; i < order.size(); i++) {
            values.add(Stored.read(dataset.schema().field(order.get(i).field()).type(), row, i + 1));
        }
        return new PageRow(Optional.ofNullable(row.get(0, String.class)), new Keyset.Position(order, values));
    }

    /**
     * Every row that the filter is true of, in the order of the key unless another is asked for.
     *
     * @param sort as the client asked
     * @param columns of the dataset's, in the order that they are wanted
     */
    public Sql export(String tenant, Filter filter, List<SortKey> sort, List<String> columns) {
        if (columns.isEmpty() || !dataset.spec().columns().containsAll(columns)) {
            throw new IllegalArgumentException("columns: " + columns + " (expected: some of "
                    + dataset.spec().columns() + ")");
        }
        var sql = new SqlWriter(dataset.schema()).text("SELECT ");
        String separator = "";
        for (String name : columns) {
            sql.text(separator).quoted(dataset.column(name));
            separator = ", ";
        }
        return ordered(from(sql).where(tenant, filter), order(sort)).done();
    }

    private SqlWriter slice(Slice slice, SqlWriter sql) {
        Set<String> physical = new LinkedHashSet<>();
        dataset.spec().columns().forEach(name -> physical.add(dataset.column(name)));
        slice.order().forEach(key -> physical.add(dataset.column(key.field())));
        sql.text("SELECT ");
        String separator = "";
        for (String column : physical) {
            sql.text(separator).quoted(column);
            separator = ", ";
        }
        from(sql);
        slice.after()
                .ifPresentOrElse(
                        after -> sql.where(slice.tenant(), slice.filter(), after),
                        () -> sql.where(slice.tenant(), slice.filter()));
        return ordered(sql, slice.order()).text(" LIMIT ").bind(slice.rows());
    }

    private SqlWriter from(SqlWriter sql) {
        List<String> table = qualified(dataset.spec().table());
        return sql.text(" FROM ")
                .quoted(table.getFirst())
                .text(".")
                .quoted(table.getLast())
                .text(" WHERE ");
    }

    private static SqlWriter ordered(SqlWriter sql, List<SortKey> order) {
        return sql.text(" ORDER BY ").orderBy(order);
    }

    /** Schema and name: what a search path would make of a bare name depends on the connection. */
    static List<String> qualified(String table) {
        int dot = table.indexOf('.');
        return dot < 0 ? List.of("public", table) : List.of(table.substring(0, dot), table.substring(dot + 1));
    }
}
