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
    private static final int ATTEMPTS = 200;

    /** The length of a record's header depends on its payload's; one of so many payloads ends with the page. */
    private static final int ALIGNMENTS = 24;

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
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            Lsn raw = fillThePage(attempt % ALIGNMENTS);
            Lsn normalized = read(ofPrimary).lsn();
            if (raw.value() % PAGE == PAGE_HEADER && normalized.value() == raw.value() - PAGE_HEADER) {
                awaitReplay(ofReplica, normalized);
                return;
            }
        }
        throw new AssertionError("no record ended with its page in " + ATTEMPTS + " attempts");
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

    /** The raw insert position after a record that is as long as what was left of the page. */
    private Lsn fillThePage(int shorter) {
        Lsn before = insert();
        long empty = emit(0).minus(before);
        Lsn at = insert();
        long left = PAGE - at.value() % PAGE;
        return emit(Math.max(0, left - empty - shorter));
    }

    /** Its own end would be the function's answer; the insert position, asked after it, has the next page's header in it. */
    private Lsn emit(long length) {
        primary.query(
                LocalPostgres.USER, "SELECT pg_logical_emit_message(false, 'p', repeat('x', " + length + "))::text");
        return insert();
    }

    private Lsn insert() {
        return Lsn.parse(primary.query(LocalPostgres.USER, "SELECT pg_current_wal_insert_lsn()::text"));
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
