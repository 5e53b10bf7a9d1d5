package io.headgate.filter;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.api.AdminRole;
import io.headgate.api.Operator;
import io.headgate.api.ResourceId;
import io.headgate.api.SpecProblem;
import io.headgate.api.SpecReader;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.dataformat.yaml.YAMLMapper;

class FilterSchemaKindTest {

    private final FilterSchemaKind kind = new FilterSchemaKind();

    @Test
    void readsASchema() {
        FilterSchema schema = Examples.schema("""
                tenantField: tenant_id
                fields:
                  status:     { type: enum, values: [draft, active], ops: [eq, neq, in, nin] }
                  created_at: { type: timestamp, ops: [eq, gte, lt, between], sortable: true, indexed: true, nullable: false }
                  name:       { type: string, column: display_name }
                """);

        assertThat(schema.tenantField()).isEqualTo("tenant_id");
        assertThat(schema.field("status"))
                .isEqualTo(new FilterField(
                        FieldType.ENUM,
                        Set.of("draft", "active"),
                        EnumSet.of(Operator.EQ, Operator.NEQ, Operator.IN, Operator.NIN),
                        false,
                        false,
                        true,
                        Optional.empty()));
        assertThat(schema.field("created_at").indexed()).isTrue();
        assertThat(schema.isNullable("created_at")).isFalse();
        assertThat(schema.field("name").operators()).isEqualTo(FieldType.STRING.operators());
        assertThat(schema.column("name")).isEqualTo("display_name");
        assertThat(schema.column("tenant_id")).isEqualTo("tenant_id");
    }

    @Test
    void namesEverythingThatIsWrong() {
        assertThat(problems("""
                tenantField: "tenant id"
                colour: red
                fields:
                  status: { type: enum, ops: [eq, contains, like] }
                  name: { type: text, sortable: 1, column: 'a"; DROP TABLE x' }
                  size: { type: int, values: [a], unit: m }
                """))
                .extracting(SpecProblem::pointer)
                .containsExactlyInAnyOrder(
                        "/spec/tenantField",
                        "/spec/colour",
                        "/spec/fields/status/ops/1",
                        "/spec/fields/status/ops/2",
                        "/spec/fields/name/type",
                        "/spec/fields/name/sortable",
                        "/spec/fields/name/column",
                        "/spec/fields/size/unit");
        assertThat(problems("{tenantField: t, fields: {status: {type: enum}, size: {type: int, values: [a]}}}"))
                .extracting(SpecProblem::pointer)
                .containsExactly("/spec/fields/status", "/spec/fields/size");
    }

    @Test
    void takesNamesThatEveryLanguageCanWrite() {
        assertThat(problems("{tenantField: t, fields: {not: {type: int}, 'a.b': {type: int}, AND: {type: int}}}"))
                .hasSize(3);
        assertThat(problems("{tenantField: t, fields: {}}")).hasSize(1);
        assertThat(problems("{tenantField: t, fields: {t: {type: string}}}"))
                .singleElement()
                .satisfies(problem -> assertThat(problem.detail()).contains("cannot be filtered by"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"reports", "metrics", "events"})
    void readsTheDemosSchemas(String name) {
        var document = YAMLMapper.shared()
                .readTree(
                        FilterSchemaKindTest.class.getResourceAsStream("/demo/config/filter-schema-" + name + ".yaml"));

        assertThat(SpecReader.read(document.path("spec"), "/spec", FilterSchema::read))
                .isInstanceOf(SpecReader.Outcome.Valid.class);
    }

    @Test
    void isItsTeams() {
        assertThat(kind.plural()).isEqualTo("filter-schemas");
        assertThat(kind.isReferenced()).isTrue();
        assertThat(kind.isPlatformOnly()).isFalse();
        assertThat(kind.writers(Optional.empty(), Optional.empty()))
                .containsExactlyInAnyOrder(AdminRole.TEAM_WRITER, AdminRole.PLATFORM_ADMIN);
    }

    private List<SpecProblem> problems(String yaml) {
        return switch (SpecReader.read(
                YAMLMapper.shared().readTree(yaml), "/spec", spec -> kind.read(spec, new ResourceId("a", "b")))) {
            case SpecReader.Outcome.Valid<FilterSchema> _ -> List.of();
            case SpecReader.Outcome.Invalid<FilterSchema>(var problems) -> problems;
        };
    }
}
