package io.headgate.gateway.events;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EventJsonTest {

    @Test
    void writesWhatAnyParserReadsBack() {
        Map<String, Object> data = new LinkedHashMap<>();
        data.put("text", "\u0000\n\t\"\\/ \u007f \u00e4 \u2028 \ud83d\ude00 \ud800");
        data.put("ke\"y", null);
        data.put("numbers", List.of(1, 2L, 3.5));
        data.put("empty", List.of(Map.of(), List.of(), ""));
        data.put("tree", EventJson.JSON.readTree("{\"ratio\":1.10,\"yes\":true}"));

        var event = EventJson.read(EventJson.write(
                Pipelines.event("config.changed", Instant.parse("2026-11-21T01:02:03.123456789Z"), "r\"1", data)));

        assertThat(event.path("data").toString())
                .isEqualTo(
                        EventJson.read(EventJson.JSON.writeValueAsBytes(data)).toString());
        assertThat(event.path("data").path("tree").path("ratio").decimalValue()).hasToString("1.10");
        assertThat(event.path("request_id").stringValue()).isEqualTo("r\"1");
        assertThat(event.path("trace_id").isNull()).isTrue();
        assertThat(event.path("occurred_at").stringValue()).isEqualTo("2026-11-21T01:02:03.123456Z");
    }
}
