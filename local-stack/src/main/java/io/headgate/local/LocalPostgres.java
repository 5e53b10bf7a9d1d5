package io.headgate.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A PostgreSQL server, a primary or a streaming replica of one; user {@code postgres}, no password. */
public final class LocalPostgres extends Part {

    public static final String USER = "postgres";

    /** What becomes of a snapshot on a replica when its primary clears away rows that only this snapshot still sees. */
    enum Snapshots {
        /** It is cancelled once replay has waited for it; the primary knows nothing of it. */
        GIVE_WAY,
        /** The primary is told, and keeps the rows as long as the snapshot is there. For long reads. */
        KEPT
    }

    /** What a backup leaves out: files of the running server, and whatever only it may have. */
    private static final Set<String> NOT_COPIED = Set.of(
            "pg_wal",
            "pg_replslot",
            "pg_dynshmem",
            "pg_notify",
            "pg_serial",
            "pg_snapshots",
            "pg_stat_tmp",
            "pg_subtrans");

    /** A replica refuses fewer connections than its primary has, so all have the same. */
    private static final int MAX_CONNECTIONS = 100;

    private static final Duration LEFTOVER_LIMIT = Duration.ofSeconds(10);
    private static final Duration PAUSE_LIMIT = Duration.ofSeconds(60);
    private static final AtomicInteger DATABASES = new AtomicInteger();

    private final Binaries binaries;
    private final Path directory;
    private final Path log;
    private final @Nullable LocalPostgres primary;
    private final Snapshots snapshots;

    private LocalPostgres(String name, Places places, int port, @Nullable LocalPostgres primary, Snapshots snapshots) {
        super(name, port);
        this.binaries = places.binaries();
        this.directory = places.data(name);
        this.log = places.log(name);
        this.primary = primary;
        this.snapshots = snapshots;
    }

    static LocalPostgres primary(String name, Places places, int port) {
        return new LocalPostgres(name, places, port, null, Snapshots.GIVE_WAY);
    }

    static LocalPostgres replica(String name, Places places, int port, LocalPostgres primary, Snapshots snapshots) {
        return new LocalPostgres(name, places, port, primary, snapshots);
    }

    /** A server of the caller's own, for a test that kills or pauses it. */
    public static LocalPostgres startPrivate() {
        var server = primary("postgres", Places.temporary(), Ports.free());
        server.start();
        return server;
    }

    /** A replica of the caller's own; recovery cancels what it reads for long. */
    public LocalPostgres startReplica(String name) {
        return startReplica(name, Snapshots.GIVE_WAY);
    }

    LocalPostgres startReplica(String name, Snapshots snapshots) {
        var replica = replica(name, Places.temporary(), Ports.free(), this, snapshots);
        replica.start();
        return replica;
    }

    public String jdbcUrl(String database) {
        return "jdbc:postgresql://" + Ports.HOST + ":" + port() + "/" + database;
    }

    public String r2dbcUrl(String database) {
        return "r2dbc:postgresql://" + Ports.HOST + ":" + port() + "/" + database;
    }

    public Connection connect(String database) throws SQLException {
        return DriverManager.getConnection(
                jdbcUrl(database) + "?user=" + USER + "&connectTimeout=2&sslmode=disable&gssEncMode=disable");
    }

    /** A fresh, empty database; answers its name. */
    public String createDatabase() {
        String name = "test_" + DATABASES.incrementAndGet();
        execute(USER, "CREATE DATABASE " + name);
        return name;
    }

    public void execute(String database, String sql) {
        try (var connection = connect(database);
                var statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new StackException(name() + ": " + sql, e);
        }
    }

    /** The first column of the first row, as text. */
    public String query(String database, String sql) {
        try (var connection = connect(database)) {
            return query(connection, sql);
        } catch (SQLException e) {
            throw new StackException(name() + ": " + sql, e);
        }
    }

    /** Lag at will: a replica receives what its primary writes, and does not show it until {@link #resumeReplay}. */
    public void pauseReplay() {
        query(USER, "SELECT pg_wal_replay_pause()");
        Await.until(
                PAUSE_LIMIT,
                name() + " pauses replay",
                () -> query(USER, "SELECT pg_get_wal_replay_pause_state()").equals("paused"));
    }

    public void resumeReplay() {
        query(USER, "SELECT pg_wal_replay_resume()");
    }

    @Override
    String kind() {
        return "postgres";
    }

    @Override
    Map<String, Object> details() {
        Map<String, Object> details = new LinkedHashMap<>();
        details.put("port", port());
        details.put("database", DemoData.DATABASE);
        details.put("user", USER);
        return details;
    }

    @Override
    Launch prepare() throws IOException {
        endLeftover();
        if (primary != null) {
            prepareReplica(primary);
        } else if (!isInitialized()) {
            initialize();
        }
        return launch(serverCommand());
    }

    @Override
    boolean isReady() {
        if (!Ports.accepts(port())) {
            return false;
        }
        try (var connection = connect(USER)) {
            return query(connection, "SELECT 1").equals("1");
        } catch (SQLException e) {
            return false;
        }
    }

    private Launch launch(List<String> command) {
        return new Launch(command, Map.of("LC_ALL", "C", "TZ", "UTC"), log, "INT", "INT", true);
    }

    private List<String> serverCommand() {
        List<String> command = new ArrayList<>(List.of(
                binaries.postgres().resolve("postgres").toString(),
                "-D",
                directory.toString(),
                "-p",
                Integer.toString(port())));
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("listen_addresses", Ports.HOST);
        settings.put("unix_socket_directories", "");
        settings.put("max_connections", Integer.toString(MAX_CONNECTIONS));
        settings.put("timezone", "UTC");
        settings.put("log_timezone", "UTC");
        settings.put("wal_level", "replica");
        settings.put("max_wal_senders", "10");
        settings.put("max_replication_slots", "10");
        settings.put("hot_standby", "on");
        settings.put("max_slot_wal_keep_size", "512MB");
        settings.put("wal_receiver_status_interval", "1s");
        settings.put("wal_retrieve_retry_interval", "250ms");
        if (primary != null) {
            settings.put(
                    "primary_conninfo",
                    "host=" + Ports.HOST + " port=" + primary.port() + " user=" + USER + " application_name=" + name());
            settings.put("primary_slot_name", slot());
            settings.put("hot_standby_feedback", snapshots == Snapshots.KEPT ? "on" : "off");
        }
        settings.forEach((key, value) -> command.addAll(List.of("-c", key + "=" + value)));
        return command;
    }

    private boolean isInitialized() {
        return Files.exists(directory.resolve("PG_VERSION"));
    }

    private void initialize() throws IOException {
        Trees.delete(directory);
        Files.createDirectories(directory.getParent());
        Path draft = directory.resolveSibling(directory.getFileName() + ".new");
        Trees.delete(draft);
        Launch initdb = launch(List.of(
                binaries.postgres().resolve("initdb").toString(),
                "-D",
                draft.toString(),
                "-U",
                USER,
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--no-sync",
                "--no-instructions",
                "--set",
                "max_connections=" + MAX_CONNECTIONS,
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--locale=C"));
        run(initdb);
        Files.move(draft, directory);
    }

    private void run(Launch launch) {
        var child = Spawner.shared().spawn(launch);
        Await.until(Duration.ofSeconds(90), launch.command().getFirst() + " ends", () -> !child.isAlive());
        if (child.exitCode() != 0) {
            throw new StackException(
                    launch.command().getFirst() + " failed with exit code " + child.exitCode() + ": see "
                            + log
                            + (Spawner.userPrefix(launch).isEmpty()
                                    ? ""
                                    : " (PostgreSQL refuses to run as root; where `unshare -U` is forbidden, be another user)"));
        }
    }

    /** Copies the primary, once, and again where it has dropped WAL that this replica still needs. */
    private void prepareReplica(LocalPostgres from) throws IOException {
        if (isInitialized() && (!from.isAlive() || from.keepsWalFor(slot()))) {
            return;
        }
        Trees.delete(directory);
        Path draft = directory.resolveSibling(directory.getFileName() + ".new");
        Trees.delete(draft);
        try (var connection = from.connect(USER)) {
            from.renewSlot(connection, slot());
            query(connection, "SELECT pg_backup_start('" + name() + "', true)");
            Trees.copyLive(from.directory, draft, LocalPostgres::isCopied);
            try (var statement = connection.createStatement();
                    var label = statement.executeQuery("SELECT labelfile FROM pg_backup_stop(false)")) {
                label.next();
                Files.writeString(draft.resolve("backup_label"), label.getString(1));
            }
        } catch (SQLException e) {
            throw new StackException("cannot copy " + from.name() + " to " + name(), e);
        }
        Files.copy(
                from.directory.resolve("global/pg_control"),
                draft.resolve("global/pg_control"),
                StandardCopyOption.REPLACE_EXISTING);
        Files.createFile(draft.resolve("standby.signal"));
        Files.move(draft, directory);
    }

    private static boolean isCopied(Path relative) {
        return !NOT_COPIED.contains(relative.getName(0).toString())
                && !relative.getFileName().toString().startsWith("postmaster.")
                && !relative.getFileName().toString().startsWith("pgsql_tmp");
    }

    private boolean keepsWalFor(String slot) {
        return query(
                        USER,
                        "SELECT count(*) FROM pg_replication_slots WHERE slot_name = '" + slot
                                + "' AND wal_status <> 'lost'")
                .equals("1");
    }

    private void renewSlot(Connection connection, String slot) throws SQLException {
        query(
                connection,
                "SELECT count(pg_drop_replication_slot(slot_name)) FROM pg_replication_slots WHERE slot_name = '" + slot
                        + "'");
        query(connection, "SELECT pg_create_physical_replication_slot('" + slot + "', true)");
    }

    private String slot() {
        return name().replace('-', '_');
    }

    /** A server that a killed program left behind, if the system has no way to end it; and the lock file of a dead one. */
    private void endLeftover() throws IOException {
        Path lock = directory.resolve("postmaster.pid");
        if (!Files.exists(lock)) {
            return;
        }
        String pid = Files.readAllLines(lock).getFirst();
        ProcessHandle.of(Long.parseLong(pid.strip()))
                .filter(process -> process.info()
                        .arguments()
                        .map(arguments -> List.of(arguments).contains(directory.toString()))
                        .orElse(false))
                .ifPresent(process -> {
                    List<ProcessHandle> servers = new ArrayList<>(List.of(process));
                    servers.addAll(process.descendants().toList());
                    servers.forEach(ProcessHandle::destroyForcibly);
                    Await.until(
                            LEFTOVER_LIMIT,
                            "the server left behind, " + pid + ", is gone",
                            () -> servers.stream().noneMatch(ProcessHandle::isAlive));
                });
        Files.deleteIfExists(lock);
    }

    private static String query(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            return rows.next() ? String.valueOf(rows.getString(1)) : "";
        }
    }
}
