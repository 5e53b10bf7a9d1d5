package io.headgate.local;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/** The demo's database: the same rows each time, made by the server itself from row numbers. */
final class DemoData {

    static final String DATABASE = "headgate";
    static final List<String> TENANTS = List.of("acme", "globex", "initech");

    private static final int REPORTS = 600;
    private static final int METRICS = 3_000;
    private static final int MONTHS = 12;

    private DemoData() {}

    /** Loads what is not there; another number of events than before makes them anew. */
    static void load(LocalPostgres primary, long events) {
        if (primary.query(LocalPostgres.USER, "SELECT count(*) FROM pg_database WHERE datname = '" + DATABASE + "'")
                .equals("0")) {
            primary.execute(LocalPostgres.USER, "CREATE DATABASE " + DATABASE);
        }
        try (var connection = primary.connect(DATABASE)) {
            connection.setAutoCommit(false);
            try (var statement = connection.createStatement()) {
                statement.execute(
                        "CREATE TABLE IF NOT EXISTS demo_loaded (name text PRIMARY KEY, rows bigint NOT NULL)");
                if (loadedRows(statement, "reports") < 0) {
                    loadReports(statement);
                    loadMetrics(statement);
                }
                if (loadedRows(statement, "events") != events) {
                    loadEvents(statement, events);
                }
            }
            connection.commit();
            analyze(connection);
        } catch (SQLException e) {
            throw new StackException("cannot load the demo's data", e);
        }
    }

    private static void analyze(Connection connection) throws SQLException {
        connection.setAutoCommit(true);
        try (var statement = connection.createStatement()) {
            statement.execute("ANALYZE reports, metrics, events");
        }
    }

    private static long loadedRows(Statement statement, String name) throws SQLException {
        try (var rows = statement.executeQuery("SELECT rows FROM demo_loaded WHERE name = '" + name + "'")) {
            return rows.next() ? rows.getLong(1) : -1;
        }
    }

    private static void loadReports(Statement statement) throws SQLException {
        statement.execute("""
                CREATE TABLE reports (
                  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
                  tenant_id text NOT NULL,
                  name text NOT NULL,
                  status text NOT NULL DEFAULT 'draft' CHECK (status IN ('draft', 'active', 'trial', 'archived')),
                  owner text NOT NULL,
                  amount numeric(14, 2) NOT NULL DEFAULT 0,
                  views integer NOT NULL DEFAULT 0,
                  created_at timestamptz NOT NULL DEFAULT now(),
                  archived_at timestamptz
                )""");
        statement.execute("""
                INSERT INTO reports
                SELECT md5('report ' || i)::uuid,
                       (ARRAY['acme', 'globex', 'initech'])[1 + i %% 3],
                       (ARRAY['Revenue', 'Churn', 'Pipeline', 'Forecast', 'Inventory', 'Payroll', 'Latency'])[1 + i * 5 %% 7]
                         || ' ' || (ARRAY['north', 'south', 'east', 'west', '100%%', 'Q_1'])[1 + i / 3 %% 6] || ' ' || i,
                       CASE WHEN i %% 11 = 0 THEN 'archived'
                            ELSE (ARRAY['draft', 'active', 'trial', 'active'])[1 + i / 3 %% 4] END,
                       (ARRAY['ana', 'ben', 'chi', 'dev', 'eva'])[1 + i * 7 %% 5],
                       (i * 7919 %% 1000000) / 100.0,
                       i * 104729 %% 5000,
                       timestamptz '2026-01-01 00:00:00Z' + i * interval '11 hours 7 minutes',
                       CASE WHEN i %% 11 = 0
                            THEN timestamptz '2026-06-01 00:00:00Z' + i * interval '3 hours' END
                FROM generate_series(1, %d) AS i""".formatted(REPORTS));
        statement.execute("CREATE INDEX ON reports (tenant_id, created_at, id)");
        statement.execute("INSERT INTO demo_loaded VALUES ('reports', " + REPORTS + ")");
    }

    private static void loadMetrics(Statement statement) throws SQLException {
        statement.execute("""
                CREATE TABLE metrics (
                  id bigint PRIMARY KEY,
                  tenant_id text NOT NULL,
                  name text NOT NULL,
                  unit text NOT NULL,
                  value numeric(14, 3) NOT NULL,
                  recorded_at timestamptz NOT NULL
                )""");
        statement.execute("""
                INSERT INTO metrics
                SELECT i,
                       (ARRAY['acme', 'globex', 'initech'])[1 + i %% 3],
                       (ARRAY['cpu.load', 'cpu.steal', 'disk.free', 'http.latency', 'http.errors'])[1 + i / 3 %% 5],
                       (ARRAY['percent', 'percent', 'bytes', 'ms', 'count'])[1 + i / 3 %% 5],
                       (i * 7919 %% 100000) / 100.0,
                       timestamptz '2026-06-01 00:00:00Z' + i * interval '1 minute'
                FROM generate_series(1, %d) AS i""".formatted(METRICS));
        statement.execute("CREATE INDEX ON metrics (tenant_id, id)");
    }

    private static void loadEvents(Statement statement, long rows) throws SQLException {
        statement.execute("DROP TABLE IF EXISTS events");
        statement.execute("""
                CREATE TABLE events (
                  id bigint NOT NULL,
                  tenant_id text NOT NULL,
                  occurred_at timestamptz NOT NULL,
                  kind text NOT NULL,
                  country text NOT NULL,
                  user_id uuid NOT NULL,
                  plan text NOT NULL,
                  amount numeric(12, 2) NOT NULL,
                  duration_ms integer NOT NULL,
                  success boolean NOT NULL,
                  note text
                ) PARTITION BY RANGE (occurred_at)""");
        statement.execute("""
                DO $$
                BEGIN
                  FOR m IN 0..%d LOOP
                    EXECUTE format('CREATE TABLE events_%%s PARTITION OF events FOR VALUES FROM (%%L) TO (%%L)',
                      to_char(timestamptz '2026-01-01Z' + m * interval '1 month', 'YYYY_MM'),
                      timestamptz '2026-01-01Z' + m * interval '1 month',
                      timestamptz '2026-01-01Z' + (m + 1) * interval '1 month');
                  END LOOP;
                END $$""".formatted(MONTHS - 1));
        statement.execute("""
                INSERT INTO events
                SELECT i,
                       (ARRAY['acme', 'globex', 'initech'])[1 + i %% 3],
                       timestamptz '2026-01-01Z' + (i - 1) * (interval '365 days' / %1$d),
                       (ARRAY['login', 'view', 'export', 'purchase', 'refund', 'invite'])[1 + i * 5 %% 6],
                       (ARRAY['DE', 'FR', 'US', 'JP', 'BR', 'IN', 'SE'])[1 + i * 3 %% 7],
                       md5('user ' || i %% 5000)::uuid,
                       (ARRAY['free', 'pro', 'enterprise'])[1 + i / 7 %% 3],
                       (i * 7919 %% 10000000) / 100.0,
                       i * 31 %% 9000,
                       i %% 17 <> 0,
                       CASE WHEN i %% 5 = 0 THEN 'note, with "quotes" and = signs ' || i END
                FROM generate_series(1::bigint, %1$d) AS i""".formatted(rows));
        statement.execute("ALTER TABLE events ADD PRIMARY KEY (id, occurred_at)");
        statement.execute("CREATE INDEX ON events (tenant_id, id)");
        statement.execute("CREATE INDEX ON events (tenant_id, occurred_at)");
        statement.execute("INSERT INTO demo_loaded VALUES ('events', " + rows
                + ") ON CONFLICT (name) DO UPDATE SET rows = excluded.rows");
    }
}
