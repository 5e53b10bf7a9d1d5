package io.headgate.export;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.api.DatasetSpec;
import io.headgate.export.ExportOrder.Csv;
import io.headgate.export.ExportOrder.Dialect;
import io.headgate.export.ExportOrder.Eol;
import io.headgate.local.LocalPostgres;
import io.headgate.local.SharedStack;
import java.io.ByteArrayOutputStream;
import java.sql.PreparedStatement;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.postgresql.PGConnection;

/** What is exported is what PostgreSQL itself copies out. */
class CopyTest {

    private static final String EVERYTHING = "{\"filters\":[]}";
    private static final String[] NASTY = {
        "",
        " ",
        "a,b",
        "a\"b",
        "\"",
        "\"\"",
        "a\nb",
        "a\r\nb",
        "\r",
        "\\.",
        "\\N",
        "NULL",
        "null",
        "=1+1",
        "-5",
        "@a",
        "\tb",
        "\u00fc\uD83D\uDE00\u2028",
        "a;b",
        "a|b",
        "\u0001\u001f",
        "_x0041_",
        "]]>",
        "'",
        "\\",
        "x".repeat(100_000),
        "{a,b}"
    };

    private static String database = "";
    private static Exports exports;

    @BeforeAll
    static void fill() throws Exception {
        database = Exports.database();
        LocalPostgres postgres = SharedStack.postgres();
        try (var connection = postgres.connect(database);
                PreparedStatement insert = connection.prepareStatement(
                        "INSERT INTO events (tenant_id, id, label, kind) VALUES (?, ?, ?, left(?, 20))")) {
            for (int i = 0; i < NASTY.length; i++) {
                for (String tenant : List.of("acme", "globex")) {
                    insert.setString(1, tenant);
                    insert.setLong(2, tenant.equals("acme") ? i : -1 - i);
                    insert.setString(3, NASTY[i]);
                    insert.setString(4, NASTY[NASTY.length - 1 - i]);
                    insert.addBatch();
                }
            }
            insert.executeBatch();
        }
        postgres.execute(database, """
                INSERT INTO events VALUES
                  ('acme', 101, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
                  ('acme', 102, 'x', 'y', 123456789012345678901234567890.0100, 1e-300, -2147483648, true,
                   '2026-11-21 10:15:30.123456+02', '2026-02-28 23:59:59', '2026-12-31',
                   '6f1c0e3a-0d6f-4d1e-9d3b-3d9a7a1f0c55', '{"a": "x\\"y", "b": [1, null]}', '{"a":
                   1}', '\\x00ff', '-1 year 2 mons -3 days 04:05:06.7', ARRAY['a,b', NULL, '"']),
                  ('acme', 103, 'x', 'y', 'NaN', 'Infinity', 0, false, 'infinity', '-infinity', 'infinity',
                   NULL, 'null', '"x"', '', '0', '{}'),
                  ('acme', 104, 'x', 'y', -0.50, 0.1::float8 + 0.2::float8, 7, false,
                   '0044-03-15 10:00:00 BC', '10000-01-01', '0001-01-01 BC', NULL, '-1', '1e5', NULL, '1 day', '{{1},{2}}')""");
        exports = new Exports(database);
    }

    @AfterAll
    static void close() {
        exports.close();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ' ',
            value = {", ''", "; NULL", "| \\N"})
    void isByteForByteWhatCopyWrites(char delimiter, String nullText) throws Exception {
        var csv = new Csv(Dialect.POSTGRES, delimiter, nullText, false, Eol.LF, false);

        byte[] exported = exports.bytes(order(Exports.COLUMNS, csv));

        assertThat(exported).isEqualTo(copied(Exports.COLUMNS, delimiter, nullText));
    }

    @Test
    void isWhatCopyWritesOfOneColumn() throws Exception {
        var csv = new Csv(Dialect.POSTGRES, ',', "", false, Eol.LF, false);

        assertThat(new String(exports.bytes(order(List.of("label"), csv)), UTF_8))
                .isEqualTo(new String(copied(List.of("label"), ',', ""), UTF_8));
    }

    @Test
    void isWhatCopyWritesOfTheSameQuery() throws Exception {
        var csv = new Csv(Dialect.POSTGRES, ',', "", false, Eol.LF, false);
        String query = """
                {"filters":[{"field":"id","op":"gt","value":5},{"field":"label","op":"not_null"}],
                 "sort":[{"field":"id","dir":"desc"}]}""";
        List<String> columns = List.of("kind", "label", "id");

        byte[] exported = exports.bytes(Exports.order(DatasetSpec.Format.CSV, columns, query, csv));

        assertThat(new String(exported, UTF_8))
                .isEqualTo(new String(
                        copied(
                                "SELECT kind, label, id FROM events WHERE tenant_id = 'acme' AND id > 5"
                                        + " AND label IS NOT NULL ORDER BY id DESC",
                                ',',
                                ""),
                        UTF_8));
    }

    private static ExportOrder order(List<String> columns, Csv csv) {
        return Exports.order(DatasetSpec.Format.CSV, columns, EVERYTHING, csv);
    }

    private static byte[] copied(List<String> columns, char delimiter, String nullText) throws Exception {
        return copied(
                "SELECT " + String.join(", ", columns) + " FROM events WHERE tenant_id = 'acme' ORDER BY id",
                delimiter,
                nullText);
    }

    private static byte[] copied(String query, char delimiter, String nullText) throws Exception {
        try (var connection = SharedStack.postgres().connect(database);
                var statement = connection.createStatement()) {
            statement.execute("SET TimeZone = 'UTC'");
            statement.execute("SET DateStyle = 'ISO, MDY'");
            var copied = new ByteArrayOutputStream();
            connection
                    .unwrap(PGConnection.class)
                    .getCopyAPI()
                    .copyOut(
                            "COPY (" + query + ") TO STDOUT (FORMAT csv, HEADER, DELIMITER '" + delimiter + "', NULL '"
                                    + nullText + "')",
                            copied);
            return copied.toByteArray();
        }
    }
}
