package io.headgate.export;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.api.DatasetSpec;
import io.headgate.filter.FilterField;
import io.headgate.local.LocalPostgres;
import io.headgate.local.SharedStack;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Whatever is asked for, rows of another tenant never appear. */
class TenantTest {

    private static final int FILTERS = 300;
    private static final String EVERYTHING = "{\"filters\":[]}";
    private static final List<String> FIELDS =
            List.copyOf(Exports.schema().fields().keySet());

    private static String database = "";
    private static Exports exports;
    /** Reads as a user whom the database itself holds to the tenant. */
    private static Exports walled;

    @BeforeAll
    static void fill() {
        database = Exports.database();
        LocalPostgres postgres = SharedStack.postgres();
        for (int tenant = 0; tenant < 2; tenant++) {
            postgres.execute(database, """
                    INSERT INTO events (tenant_id, id, label, kind, amount, n, ok, at, day, key)
                    SELECT '%s', i * 2 + %d, CASE WHEN i %% 5 > 0 THEN chr(97 + i %% 3) END, CASE WHEN i %% 4 > 0 THEN 'k' END,
                           CASE WHEN i %% 3 > 0 THEN i / 7.0 END, CASE WHEN i %% 2 > 0 THEN i %% 10 END, i %% 3 = 0,
                           timestamptz '2026-01-01' + i * interval '1 hour', date '2026-01-01' + i, gen_random_uuid()
                    FROM generate_series(1, 200) AS i""".formatted(tenant == 0 ? "acme" : "globex", tenant));
        }
        String role = "reader_of_" + database;
        postgres.execute(database, "CREATE ROLE " + role + " LOGIN");
        postgres.execute(database, "GRANT SELECT ON events TO " + role);
        postgres.execute(database, "ALTER TABLE events ENABLE ROW LEVEL SECURITY");
        postgres.execute(
                database, "CREATE POLICY own ON events USING (tenant_id = current_setting('headgate.tenant', true))");
        exports = new Exports(database);
        walled = new Exports(database, role, Exports.limits(10_000_000));
    }

    @AfterAll
    static void close() {
        exports.close();
        walled.close();
    }

    @Test
    void noFilterReachesARowOfAnotherTenant() {
        int found = 0;
        for (int seed = 0; seed < FILTERS; seed++) {
            String query = query(new Random(seed));

            List<Long> ids = ids(exports, Exports.ACME, query);

            assertThat(ids).as(query).allMatch(id -> id % 2 == 0);
            assertThat(ids(walled, Exports.ACME, query)).as(query).isEqualTo(ids);
            found += ids.size();
        }
        assertThat(found)
                .as("rows in all, so that the filters were not merely empty")
                .isGreaterThan(FILTERS * 20);
    }

    @Test
    void theDatabaseItselfHoldsTheReaderToTheTenantOfTheOrder() {
        assertThat(ids(walled, Exports.ACME, EVERYTHING)).hasSize(200).allMatch(id -> id % 2 == 0);
        assertThat(ids(walled, Exports.GLOBEX, EVERYTHING)).hasSize(200).allMatch(id -> id % 2 == 1);
        assertThat(ids(walled, "initech", EVERYTHING)).isEmpty();
        assertThat(ids(walled, "' OR true --", EVERYTHING)).isEmpty();
    }

    /** As if its statement were wrong: what is the tenant's by its column is not by the policy. */
    @Test
    void theDatabaseHoldsBackWhatTheStatementLetsThrough() {
        String own = Exports.database();
        LocalPostgres postgres = SharedStack.postgres();
        String role = "reader_of_" + own;
        postgres.execute(own, """
                INSERT INTO events (tenant_id, id, label)
                SELECT 'acme', i, CASE WHEN i % 2 = 0 THEN 'acme' ELSE 'globex' END FROM generate_series(1, 200) AS i""");
        postgres.execute(own, "CREATE ROLE " + role + " LOGIN");
        postgres.execute(own, "GRANT SELECT ON events TO " + role);
        postgres.execute(own, "ALTER TABLE events ENABLE ROW LEVEL SECURITY");
        postgres.execute(own, "CREATE POLICY own ON events USING (label = current_setting('headgate.tenant', true))");

        try (var open = new Exports(own);
                var held = new Exports(own, role, Exports.limits(10_000_000))) {
            assertThat(ids(open, Exports.ACME, EVERYTHING)).hasSize(200);
            assertThat(ids(held, Exports.ACME, EVERYTHING)).hasSize(100).allMatch(id -> id % 2 == 0);
        }
    }

    private static List<Long> ids(Exports exports, String tenant, String query) {
        return exports.text(Exports.order(tenant, DatasetSpec.Format.CSV, List.of("id"), query, Batches.RFC))
                .lines()
                .skip(1)
                .map(Long::valueOf)
                .toList();
    }

    private static String query(Random random) {
        List<String> sort = new ArrayList<>();
        if (random.nextBoolean()) {
            sort.add("{\"field\":\"" + FIELDS.get(random.nextInt(FIELDS.size())) + "\",\"dir\":\""
                    + (random.nextBoolean() ? "asc" : "desc") + "\"}");
        }
        return "{\"filters\":[" + filter(random, 3) + "],\"sort\":[" + String.join(",", sort) + "]}";
    }

    private static String filter(Random random, int depth) {
        return switch (depth == 0 ? 0 : random.nextInt(6)) {
            case 1 -> "{\"or\":[" + filter(random, depth - 1) + "," + filter(random, depth - 1) + "]}";
            case 2 -> "{\"and\":[" + filter(random, depth - 1) + "," + filter(random, depth - 1) + "]}";
            case 3 -> "{\"not\":" + filter(random, depth - 1) + "}";
            case 4 -> { // true of every row
                String same = condition(random);
                yield "{\"or\":[" + same + ",{\"not\":" + same + "}]}";
            }
            default -> condition(random);
        };
    }

    private static String condition(Random random) {
        String name = FIELDS.get(random.nextInt(FIELDS.size()));
        FilterField field =
                java.util.Objects.requireNonNull(Exports.schema().fields().get(name));
        String value = switch (field.type()) {
            case STRING, ENUM ->
                "\"" + List.of("a", "b", "' OR 1=1 --", "globex", "").get(random.nextInt(5)) + "\"";
            case INT -> String.valueOf(random.nextInt(400));
            case DECIMAL -> random.nextInt(40) + ".5";
            case BOOLEAN -> String.valueOf(random.nextBoolean());
            case TIMESTAMP -> "\"2026-01-0" + (1 + random.nextInt(9)) + "T10:00:00Z\"";
            case DATE -> "\"2026-02-1" + random.nextInt(9) + "\"";
            case UUID -> "\"6f1c0e3a-0d6f-4d1e-9d3b-3d9a7a1f0c55\"";
        };
        String test = switch (random.nextInt(4)) {
            case 0 -> "\"eq\",\"value\":" + value;
            case 1 -> "\"neq\",\"value\":" + value;
            case 2 -> "\"is_null\"";
            default -> "\"not_null\"";
        };
        return "{\"field\":\"" + name + "\",\"op\":" + test + "}";
    }
}
