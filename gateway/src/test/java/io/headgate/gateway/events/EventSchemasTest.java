package io.headgate.gateway.events;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EventSchemasTest {

    private final EventSchemas schemas = new EventSchemas();

    @Test
    void acceptsWhatTheGatewayWrites() {
        Map<String, Object> change = new LinkedHashMap<>(
                Map.of("kind", "Route", "team", "a", "name", "b", "action", "created", "version", 1, "revision", 7));
        change.put("before", null);
        change.put("after", Map.of("x", 1));
        Map<String, Map<String, Object>> samples = new LinkedHashMap<>(Map.of(
                "permission.checked", Map.of("decision", "permit", "action", "read", "policies", List.of("p1")),
                "permission.denied", Map.of("decision", "deny", "action", "read"),
                "filter.applied",
                        Map.of(
                                "route",
                                "a/b",
                                "shape",
                                "0123456789abcdef",
                                "fields",
                                List.of("x"),
                                "sort",
                                List.of("-x")),
                "filter.rejected",
                        Map.of("route", "a/b", "reason", "invalid-query", "pointer", "/*", "pointers", List.of("/*")),
                "export.requested", Map.of("dataset", "a/b", "format", "csv"),
                "export.completed", Map.of("dataset", "a/b", "format", "csv", "rows", 5, "bytes", 100L),
                "export.failed", Map.of("dataset", "a/b", "format", "csv", "reason", "cancelled"),
                "limit.exceeded", Map.of("limits", List.of("a/b")),
                "limit.approached", Map.of("limits", List.of("a/b")),
                "config.changed", change));
        samples.put(
                "export.downloaded",
                Map.of(
                        "export_id",
                        "01936f2a-0000-7000-8000-000000000001",
                        "dataset",
                        "a/b",
                        "format",
                        "csv",
                        "bytes",
                        100L,
                        "sha256",
                        "0".repeat(64),
                        "range",
                        "0+100"));

        assertThat(samples.keySet()).containsExactlyInAnyOrderElementsOf(EventSchemas.TYPES);
        samples.forEach((type, data) -> assertThat(
                        schemas.check(EventJson.write(Pipelines.event(type, Instant.now(), "r", data))))
                .as(type)
                .isEmpty());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            "decision":"permit"      | "decision":"deny"    | /data/decision is "deny"
            "decision":"permit",     |                      | /data/decision is missing
            "action":"read"          | "action":""          | /data/action is ""
            "action":"read"          | "action":7           | /data/action is 7 (expected: string)
            "cached":true            | "cached":"yes"       | /data/cached is "yes"
            "policies":["p"]         | "policies":["p",1]   | /data/policies/1 is 1
            "event_id":"0            | "event_id":"x        | /event_id is
            Z","account_id"          | +01:00","account_id" | /occurred_at is
            "trace_id":null          | "trace":null         | /trace_id is missing
            "user_id":"ana"          | "user_id":["ana"]    | /user_id is an array
            "event_type":"permission | "event_type":"perm   | /event_type is
            {"event_id"              | {"more":1,"event_id" | /more is not known
            {"event_id"              | ["event_id"          | not readable
            """)
    void saysWhatIsWrong(String part, String instead, String expected) {
        String event = "{\"event_id\":\"0190c0de-0000-7000-8000-000000000000\",\"event_type\":\"permission.checked\","
                + "\"occurred_at\":\"2026-11-21T00:00:00Z\",\"account_id\":\"acme\",\"user_id\":\"ana\","
                + "\"request_id\":null,\"trace_id\":null,\"data\":{\"decision\":\"permit\",\"action\":\"read\","
                + "\"cached\":true,\"policies\":[\"p\"]}}";
        assertThat(schemas.check(event.getBytes(UTF_8))).isEmpty();
        assertThat(event).contains(part);

        String wrong = event.replace(part, instead == null ? "" : instead);

        assertThat(schemas.check(wrong.getBytes(UTF_8)))
                .hasValueSatisfying(why -> assertThat(why).contains(expected));
    }

    @Test
    void aSchemaWithAKeywordThatIsNotCheckedIsAnError() {
        var document = EventJson.JSON.readTree("{\"type\":\"object\",\"minProperties\":1}");

        assertThatThrownBy(() -> JsonSchema.read(document, name -> {
                    throw new AssertionError(name);
                }))
                .hasMessageContaining("minProperties");
    }
}
