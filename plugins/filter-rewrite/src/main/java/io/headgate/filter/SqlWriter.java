package io.headgate.filter;

import io.headgate.api.Filter;
import io.headgate.api.Filter.Condition;
import io.headgate.api.SortKey;
import io.headgate.api.Value;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * Writes filters, orders and positions in PostgreSQL's SQL. Names are the schema's and stand in quotes, values are
 * bound, and the number of either never changes the text of a condition. Every condition is true or not: where SQL
 * would answer unknown below a negation, it is asked whether it is true.
 */
public final class SqlWriter {

    private static final String AND = " AND ";
    private static final String OR = " OR ";

    private final FilterSchema schema;
    private final StringBuilder out = new StringBuilder(256);
    private final List<Object> values = new ArrayList<>();

    public SqlWriter(FilterSchema schema) {
        this.schema = schema;
    }

    /** @param text of the program's own, never a client's */
    public SqlWriter text(String text) {
        out.append(text);
        return this;
    }

    public SqlWriter bind(Object value) {
        values.add(value);
        out.append('$').append(values.size());
        return this;
    }

    public Sql done() {
        return new Sql(out.toString(), values);
    }

    /** The tenant's rows that the filter is true of. Whatever the filter is, it stands in brackets behind the tenant. */
    public SqlWriter where(String tenant, Filter filter) {
        return column(schema.tenantField())
                .text(" = ")
                .bind(tenant)
                .text(" AND (")
                .filter(filter)
                .text(")");
    }

    /** As {@link #where(String, Filter)}, after a position. */
    public SqlWriter where(String tenant, Filter filter, Keyset.Position after) {
        return where(tenant, filter).text(" AND (").after(after).text(")");
    }

    public SqlWriter orderBy(List<SortKey> sort) {
        for (int i = 0; i < sort.size(); i++) {
            SortKey key = sort.get(i);
            text(i == 0 ? "" : ", ").ordered(key.field());
            text(key.descending() ? " DESC NULLS FIRST" : " ASC NULLS LAST");
        }
        return this;
    }

    private SqlWriter filter(Filter filter) {
        switch (filter) {
            case Filter.All(List<Filter> members) -> join(members, AND, "TRUE");
            case Filter.Any(List<Filter> members) -> join(members, OR, "FALSE");
            case Filter.Not(Filter negated) -> text("(").filter(negated).text(") IS NOT TRUE");
            case Condition condition -> condition(condition);
        }
        return this;
    }

    private void join(List<Filter> members, String word, String empty) {
        if (members.isEmpty()) {
            text(empty);
        }
        for (int i = 0; i < members.size(); i++) {
            text(i == 0 ? "(" : word + "(").filter(members.get(i)).text(")");
        }
    }

    private void condition(Condition is) {
        switch (is.operator()) {
            case EQ -> plain(is.field()).text(" = ").bind(is.value().bound());
            case NEQ ->
                plain(is.field()).text(" IS DISTINCT FROM ").bind(is.value().bound());
            case GT -> compare(is, " > ");
            case GTE -> compare(is, " >= ");
            case LT -> compare(is, " < ");
            case LTE -> compare(is, " <= ");
            case IN -> plain(is.field()).text(" = ANY(").bind(array(is)).text(")");
            case NIN ->
                text("(").plain(is.field()).text(" = ANY(").bind(array(is)).text(")) IS NOT TRUE");
            case BETWEEN -> {
                ordered(is.field()).text(" >= ").bind(is.values().getFirst().bound());
                text(AND)
                        .ordered(is.field())
                        .text(" <= ")
                        .bind(is.values().getLast().bound());
            }
            case CONTAINS -> like("%", is, "%");
            case STARTS_WITH -> like("", is, "%");
            case ENDS_WITH -> like("%", is, "");
            case IS_NULL -> column(is.field()).text(" IS NULL");
            case NOT_NULL -> column(is.field()).text(" IS NOT NULL");
        }
    }

    private void compare(Condition is, String sign) {
        ordered(is.field()).text(sign).bind(is.value().bound());
    }

    private void like(String before, Condition is, String after) {
        plain(is.field())
                .text(" LIKE ")
                .bind(before + LikePattern.escaped(is.value().text()) + after);
    }

    /** Where all keys have values and one direction, rows compare as wholes, which an index answers from end to end. */
    private SqlWriter after(Keyset.Position position) {
        if (!Keyset.isUniform(position.sort(), schema)) {
            return filter(Keyset.after(position, schema));
        }
        text("(");
        for (int i = 0; i < position.sort().size(); i++) {
            text(i == 0 ? "" : ", ").ordered(position.sort().get(i).field());
        }
        text(position.sort().getFirst().descending() ? ") < (" : ") > (");
        for (int i = 0; i < position.values().size(); i++) {
            text(i == 0 ? "" : ", ").bind(position.values().get(i).orElseThrow().bound());
        }
        return text(")");
    }

    /** Texts are ordered by code point, whatever the database's own order is. */
    private SqlWriter ordered(String field) {
        return isText(field) ? plain(field).text(" COLLATE \"C\"") : column(field);
    }

    /** Whatever type of text the column has, it compares as text: with its case, and without padding. */
    private SqlWriter plain(String field) {
        return isText(field) ? column(field).text("::text") : column(field);
    }

    private boolean isText(String field) {
        return schema.field(field).type().isText();
    }

    private SqlWriter column(String field) {
        return quoted(schema.column(field));
    }

    /** @param name of the program's own configuration, never a client's */
    SqlWriter quoted(String name) {
        out.append('"').append(name.replace("\"", "\"\"")).append('"');
        return this;
    }

    /** One value however many there are, so that lists of all lengths are one statement. */
    private Object array(Condition is) {
        List<Object> bound = is.values().stream().map(Value::bound).toList();
        return switch (schema.field(is.field()).type()) {
            case STRING, ENUM -> bound.toArray(String[]::new);
            case UUID -> bound.toArray(UUID[]::new);
            case INT -> bound.toArray(Long[]::new);
            case DECIMAL -> bound.toArray(BigDecimal[]::new);
            case BOOLEAN -> bound.toArray(Boolean[]::new);
            case TIMESTAMP -> bound.toArray(OffsetDateTime[]::new);
            case DATE -> bound.toArray(LocalDate[]::new);
        };
    }
}
