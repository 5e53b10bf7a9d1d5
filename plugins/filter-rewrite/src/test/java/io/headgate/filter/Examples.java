package io.headgate.filter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.headgate.api.Filter;
import io.headgate.api.Problem;
import io.headgate.api.ProblemException;
import io.headgate.api.SpecProblem;
import io.headgate.api.SpecReader;
import io.headgate.filter.QueryLanguage.Understood;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** A schema with a field of every type, and short ways to the language. */
final class Examples {

    static final FilterSchema SCHEMA = schema("""
            tenantField: tenant_id
            fields:
              id: { type: int, sortable: true, indexed: true, nullable: false }
              name: { type: string, sortable: true, column: display_name }
              label: { type: string, sortable: true, nullable: false }
              status: { type: enum, values: [draft, active, archived], sortable: true }
              key: { type: uuid, sortable: true }
              views: { type: int, sortable: true }
              amount: { type: decimal, sortable: true }
              public: { type: boolean, sortable: true }
              created_at: { type: timestamp, sortable: true, indexed: true }
              due: { type: date, sortable: true }
              note: { type: string, ops: [eq, is_null] }
            """);

    /** The same fields, each with every operator of its type. */
    private static final FilterSchema WIDE = new FilterSchema(
            "tenant_id",
            SCHEMA.fields().entrySet().stream()
                    .collect(Collectors.toMap(Map.Entry::getKey, entry -> wide(entry.getValue()))));

    static final Set<FilterDialect> ALL = EnumSet.complementOf(EnumSet.of(FilterDialect.POSTGREST));
    static final QueryLanguage LANGUAGE = new QueryLanguage(Budgets.DEFAULT);

    private Examples() {}

    private static FilterField wide(FilterField field) {
        return new FilterField(
                field.type(),
                field.words(),
                field.type().operators(),
                field.sortable(),
                field.indexed(),
                field.nullable(),
                field.column());
    }

    static FilterSchema schema(String yaml) {
        return switch (SpecReader.read(YAMLMapper.shared().readTree(yaml), "/spec", FilterSchema::read)) {
            case SpecReader.Outcome.Valid<FilterSchema>(FilterSchema schema) -> schema;
            case SpecReader.Outcome.Invalid<FilterSchema>(var problems) ->
                throw new AssertionError(problems.toString());
        };
    }

    /** In the language's JSON form, as a parameter has it. */
    static Filter filter(String json) {
        return read(FilterDialect.JSON, json).filter();
    }

    static Understood read(FilterDialect dialect, String text) {
        return parameters(
                LANGUAGE,
                switch (dialect) {
                    case JSON, RSQL -> List.of(new Parameter("filter", text));
                    case ODATA -> List.of(new Parameter("$filter", text));
                    case BRACKETS -> UrlQuery.read(text);
                    case POSTGREST -> throw new AssertionError("postgrest is not read");
                });
    }

    static Understood parameters(QueryLanguage language, List<Parameter> parameters) {
        return language.parameters(parameters, SCHEMA, ALL);
    }

    static Understood url(String query) {
        return LANGUAGE.url(query, SCHEMA, ALL);
    }

    /** What was written by us may be larger than what it was made of, and say what no client may. */
    static Understood wide(List<Parameter> parameters) {
        return new QueryLanguage(new Budgets(20, 1_000, 1_000, 1_000_000, 16)).parameters(parameters, WIDE, ALL);
    }

    /** What a query was refused for, as {@code pointer: detail}. */
    static List<String> refusals(ThrowingCallable call) {
        Throwable thrown = catchThrowable(call);
        assertThat(thrown).isInstanceOf(ProblemException.class);
        Problem problem = ((ProblemException) thrown).problem();
        assertThat(problem).isInstanceOf(Problem.InvalidQuery.class);
        return ((Problem.InvalidQuery) problem)
                .problems().stream()
                        .map((SpecProblem found) -> found.pointer() + ": " + found.detail())
                        .toList();
    }
}
