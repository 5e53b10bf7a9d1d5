package io.headgate.reads;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.local.LocalPostgres;
import io.headgate.local.SharedStack;
import io.r2dbc.spi.ConnectionFactories;
import io.r2dbc.spi.ConnectionFactoryOptions;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class PostgresProbeTest {

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int PAGE = LogLayout.STANDARD.pageSize();
    private static final int PAGE_HEADER = 24;

    /**
     * Writes a record that is as long as what is left of the page, in one call, since others write too. How long a header
     * is depends on the payload; one of so many payloads ends with the page.
     */
    private static final String FILL_THE_PAGE = """
            CREATE FUNCTION fill_the_page() RETURNS pg_lsn LANGUAGE plpgsql AS $$
            DECLARE at bigint;
            BEGIN
              FOR shorter IN 48..72 LOOP
                at := (pg_current_wal_insert_lsn() - '0/0'::pg_lsn) %% %1$d;
                PERFORM pg_logical_emit_message(false, 'p', repeat('x', greatest(0, %1$d - at - shorter)::int));
                EXIT WHEN (pg_current_wal_insert_lsn() - '0/0'::pg_lsn) %% %1$d = %2$d;
              END LOOP;
              RETURN pg_current_wal_insert_lsn();
            END $$""".formatted(PAGE, PAGE_HEADER);

    private final LocalPostgres primary = SharedStack.postgres();
    private final PostgresProbe ofPrimary = probe(primary);

    @Test
    void tellsPrimaryFromReplicaAndOneReplicaFromTheOther() {
        Reading written = read(ofPrimary);
        Reading first = read(probe(SharedStack.replicas().getFirst()));
        Reading second = read(probe(SharedStack.replicas().getLast()));

        assertThat(written.recovering()).isFalse();
        assertThat(first.recovering() && second.recovering()).isTrue();
        assertThat(first.server().system())
                .isEqualTo(written.server().system())
                .isEqualTo(second.server().system());
        assertThat(first.server().startedAt()).isNotEqualTo(second.server().startedAt());
        assertThat(first.timeline()).isEqualTo(written.timeline()).isEqualTo(1);
    }

    @Test
    void aReplicaReachesThePositionOfARecordThatFillsItsPage() {
        PostgresProbe ofReplica = probe(SharedStack.replicas().getFirst());
        String database = primary.createDatabase();
        primary.execute(database, FILL_THE_PAGE);
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (true) {
            Lsn raw = Lsn.parse(primary.query(database, "SELECT fill_the_page()::text"));
            Lsn normalized = read(ofPrimary).lsn();
            if (raw.value() % PAGE == PAGE_HEADER && normalized.value() == raw.value() - PAGE_HEADER) {
                awaitReplay(ofReplica, normalized);
                return;
            }
            assertThat(System.nanoTime() - deadline)
                    .as("time left for a record that ends with its page")
                    .isNegative();
        }
    }

    @Test
    void aPositionThatIsAskedForInATransactionLiesBeforeItsCommit() {
        String database = primary.createDatabase();
        primary.execute(database, "CREATE TABLE t (n int)");
        Lsn inside = Lsn.parse(primary.query(
                database,
                "WITH written AS (INSERT INTO t VALUES (1) RETURNING n)"
                        + " SELECT pg_current_wal_insert_lsn()::text FROM written"));

        assertThat(read(ofPrimary).lsn()).isGreaterThan(inside);
    }

    private static void awaitReplay(PostgresProbe replica, Lsn lsn) {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (!read(replica).lsn().isAtLeast(lsn)) {
            assertThat(System.nanoTime() - deadline).as("replays up to " + lsn).isNegative();
        }
    }

    private static Reading read(PostgresProbe probe) {
        return probe.read().blockOptional(LIMIT).orElseThrow();
    }

    private static PostgresProbe probe(LocalPostgres server) {
        return new PostgresProbe(
                ConnectionFactories.get(ConnectionFactoryOptions.parse(server.r2dbcUrl(LocalPostgres.USER))
                        .mutate()
                        .option(ConnectionFactoryOptions.USER, LocalPostgres.USER)
                        .build()));
    }
}
