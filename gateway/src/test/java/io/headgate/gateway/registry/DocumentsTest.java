package io.headgate.gateway.registry;

import static io.headgate.gateway.registry.Registries.problemOf;
import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.api.Problem;
import io.headgate.api.ProblemType;
import io.headgate.api.SpecProblem;
import io.headgate.api.SpecReader;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.util.unit.DataSize;
import tools.jackson.databind.JsonNode;

class DocumentsTest {

    private final Documents documents = new Documents(DataSize.ofKilobytes(4), DataSize.ofKilobytes(16), 8);

    private JsonNode yaml(String text) {
        return documents.one(bytes(text), Documents.Format.YAML);
    }

    private JsonNode json(String text) {
        return documents.one(bytes(text), Documents.Format.JSON);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void yamlAndJsonOfTheSameContentAreTheSame() {
        JsonNode fromYaml =
                yaml("a: 1\nb: -2.5\nc: [true, false, null, '7', x y]\nd: {e: 12345678901, f: {}}\ng: |\n  text\n");

        assertThat(fromYaml)
                .isEqualTo(json("{\"a\":1,\"b\":-2.5,\"c\":[true,false,null,\"7\",\"x y\"],"
                        + "\"d\":{\"e\":12345678901,\"f\":{}},\"g\":\"text\\n\"}"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "off",
                "no",
                "yes",
                "on",
                "2026-12-01",
                "2027-01-01T00:00:00Z",
                "012",
                "1_000",
                "0x1F",
                ".inf",
                "200ms",
                "50%",
                "1:30"
            })
    void plainWordsThatOlderYamlTurnsIntoSomethingElseStayStrings(String word) {
        assertThat(yaml("a: " + word).path("a").stringValue()).isEqualTo(word);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a: 1\na: 2", "b: {a: 1, a: 2}", "a: 1\n\"a\": 2"})
    void aKeyThatIsThereTwiceIsRefusedInYaml(String text) {
        assertThat(problemOf(() -> yaml(text)).detail()).contains("line").contains("twice");
    }

    @Test
    void aKeyThatIsThereTwiceIsRefusedInJson() {
        Problem problem = problemOf(() -> json("{\"a\":1,\n \"a\":2}"));

        assertThat(problem.type()).isEqualTo(ProblemType.MALFORMED_REQUEST);
        assertThat(problem.detail()).contains("line 2").contains("uplicate");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a: &x 1\nb: *x",
                "a: &x [1]",
                "a: !!java.net.URL [x]",
                "a: !custom 1",
                "? [a]\n: 1",
                "a: <<: b",
                "a: [1",
                "\tx: 1",
                "a: 'x",
                "a: \u0007"
            })
    void whatIsNotPlainYamlIsRefused(String text) {
        assertThat(problemOf(() -> yaml(text)).type()).isEqualTo(ProblemType.MALFORMED_REQUEST);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{", "{\"a\":1} x", "{a:1}", "{\"a\":NaN}", "", "// x\n{}", "{\"a\":01}", "[1,]"})
    void whatIsNotJsonIsRefused(String text) {
        assertThat(problemOf(() -> json(text)).type()).isEqualTo(ProblemType.MALFORMED_REQUEST);
    }

    @Test
    void refusesNestingBeyondTheLimitHoweverDeep() {
        assertThat(problemOf(() -> yaml("[".repeat(2_000))).type()).isEqualTo(ProblemType.MALFORMED_REQUEST);
        assertThat(problemOf(() -> json("[".repeat(2_000))).type()).isEqualTo(ProblemType.MALFORMED_REQUEST);
        assertThat(problemOf(() -> yaml("{a: ".repeat(9) + "1" + "}".repeat(9))).detail())
                .contains("8 levels");
    }

    @Test
    void refusesMoreThanTheLimitBeforeItIsRead() {
        assertThat(problemOf(() -> yaml("a: " + "x".repeat(5_000))).type()).isEqualTo(ProblemType.BODY_TOO_LARGE);
    }

    @Test
    void refusesBytesThatAreNotText() {
        assertThat(problemOf(() -> documents.one(new byte[] {'a', ':', ' ', (byte) 0xC3}, Documents.Format.YAML))
                        .detail())
                .contains("UTF-8");
    }

    @Test
    void readsManyDocumentsFromBothFormatsAndSkipsEmptyOnes() {
        assertThat(documents.all(bytes("# none\n---\na: 1\n---\n---\n- b: 2\n- c: 3\n"), Documents.Format.YAML))
                .hasSize(3);
        assertThat(documents.all(bytes("[{\"a\":1},{\"b\":2}]"), Documents.Format.JSON))
                .hasSize(2);
        assertThat(documents.all(bytes(""), Documents.Format.YAML)).isEmpty();
        assertThat(problemOf(() -> yaml("a: 1\n---\nb: 1")).detail()).contains("2 documents");
    }

    @Test
    void anEnvelopeNamesEverythingThatIsWrongWithIt() {
        var outcome = Envelope.read(yaml("apiVersion: v2\nmetadata: {team: UP, label: x}\nspec: []\nstatus: 1"));

        assertThat(outcome)
                .isInstanceOfSatisfying(
                        SpecReader.Outcome.Invalid.class,
                        invalid -> assertThat(invalid.problems())
                                .extracting(problem -> ((SpecProblem) problem).pointer())
                                .containsExactlyInAnyOrder(
                                        "/apiVersion",
                                        "/kind",
                                        "/metadata/team",
                                        "/metadata/name",
                                        "/metadata/label",
                                        "/spec",
                                        "/status"));
    }
}
