package io.headgate.perf;

import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** One mapper for what goes between the processes, to the report and to the admin API. */
final class Json {
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES) // a part without an edge port has none: 0
            .build();
    private static final JsonMapper PRETTY =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    private Json() {}

    static <T> T read(String json, Class<T> type) {
        return MAPPER.readValue(json, type);
    }

    static String line(Object value) {
        return MAPPER.writeValueAsString(value);
    }

    static String pretty(Object value) {
        return PRETTY.writeValueAsString(value);
    }
}
