package io.headgate.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.headgate.local.LocalPostgres.Snapshots;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Rows are vacuumed away that a snapshot of a replica still sees, and replay waits for nobody. */
class ReplicaSnapshotsTest {

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String DATABASE = LocalPostgres.USER;

    private final LocalPostgres primary = LocalPostgres.startPrivate();

    @AfterEach
    void stop() {
        primary.stop();
    }

    @Test
    void theReplicaForLongReadsKeepsASnapshotThatThePrimaryWouldHaveClearedAway() throws SQLException {
        LocalPostgres replica = replicaWithRows(Snapshots.KEPT);
        Await.until(
                LIMIT,
                "the primary is told",
                () -> primary.query(DATABASE, "SELECT count(xmin) FROM pg_replication_slots")
                        .equals("1"));

        try (Connection reading = snapshot(replica)) {
            clearAway();
            Await.until(LIMIT, "it is replayed", () -> isReplayed(replica));

            assertThat(count(reading)).isEqualTo("100");
            assertThat(replica.query(DATABASE, "SELECT count(*) FROM read")).isEqualTo("0");
        }
        replica.stop();
    }

    @Test
    void anyOtherReplicaCancelsIt() throws SQLException {
        LocalPostgres replica = replicaWithRows(Snapshots.GIVE_WAY);

        try (Connection reading = snapshot(replica)) {
            clearAway();
            Await.until(LIMIT, "it is replayed", () -> isReplayed(replica));

            assertThat(catchThrowableOfType(SQLException.class, () -> count(reading))
                            .getSQLState())
                    .isEqualTo("40001");
        }
        replica.stop();
    }

    private LocalPostgres replicaWithRows(Snapshots snapshots) {
        primary.execute(
                DATABASE, "CREATE TABLE read WITH (autovacuum_enabled = off) AS SELECT generate_series(1, 100) AS n");
        LocalPostgres replica = primary.startReplica("reader", snapshots);
        replica.execute(DATABASE, "ALTER SYSTEM SET max_standby_streaming_delay = 0");
        replica.execute(DATABASE, "SELECT pg_reload_conf()");
        Await.until(
                LIMIT,
                "replay waits for nobody",
                () -> replica.query(DATABASE, "SHOW max_standby_streaming_delay")
                        .equals("0"));
        return replica;
    }

    private static Connection snapshot(LocalPostgres replica) throws SQLException {
        Connection connection = replica.connect(DATABASE);
        connection.setAutoCommit(false);
        connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
        assertThat(count(connection)).isEqualTo("100");
        return connection;
    }

    private static String count(Connection connection) throws SQLException {
        try (var statement = connection.createStatement();
                var rows = statement.executeQuery("SELECT count(*) FROM read")) {
            rows.next();
            return rows.getString(1);
        }
    }

    /** Without the lock that giving the pages back takes: every replica cancels what is in the way of a lock. */
    private void clearAway() {
        primary.execute(DATABASE, "DELETE FROM read");
        primary.execute(DATABASE, "VACUUM (TRUNCATE off) read");
    }

    private boolean isReplayed(LocalPostgres replica) {
        String written = primary.query(DATABASE, "SELECT pg_current_wal_insert_lsn()");
        return replica.query(DATABASE, "SELECT pg_last_wal_replay_lsn() >= '" + written + "'")
                .equals("t");
    }
}
