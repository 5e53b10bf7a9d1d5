package io.headgate.export;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.api.DatasetSpec;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class NdjsonFormatTest {

    @Test
    void writesEachTypeAsJsonHasIt() {
        String line = Batches.text(
                new NdjsonFormat(),
                Batches.order(DatasetSpec.Format.NDJSON, 9, Batches.RFC),
                Batches.of(
                        Batches.kinds(
                                ColumnKind.WHOLE,
                                ColumnKind.DECIMAL,
                                ColumnKind.FLOATING,
                                ColumnKind.FLOATING,
                                ColumnKind.BOOLEAN,
                                ColumnKind.TIMESTAMP_WITH_ZONE,
                                ColumnKind.JSON,
                                ColumnKind.OTHER,
                                ColumnKind.TEXT),
                        "9223372036854775807",
                        "12345678901234567890.10",
                        "1e+20",
                        "NaN",
                        "f",
                        "2026-11-21 10:15:30.5+00",
                        "{\"a\":\n 1}",
                        "1 day",
                        null));

        assertThat(line)
                .isEqualTo(
                        "{\"a\":9223372036854775807,\"b\":12345678901234567890.10,\"c\":1e+20,\"d\":\"NaN\","
                                + "\"e\":false,\"f\":\"2026-11-21T10:15:30.5Z\",\"g\":{\"a\":  1},\"h\":\"1 day\",\"i\":null}\n");
    }

    @Test
    void everyTextIsReadAsItWas() {
        for (int c = 1; c < 0x2100; c++) {
            String text = "x" + (char) c + "\uD83D\uDE00\\\"/";
            String line = Batches.text(
                    new NdjsonFormat(),
                    Batches.order(DatasetSpec.Format.NDJSON, 1, Batches.RFC),
                    Batches.of(Batches.kinds(ColumnKind.TEXT), text));

            assertThat(line.indexOf('\n')).as("U+%04X", c).isEqualTo(line.length() - 1);
            assertThat(JsonMapper.shared().readTree(line).path("a").stringValue())
                    .as("U+%04X", c)
                    .isEqualTo(text);
        }
    }
}
