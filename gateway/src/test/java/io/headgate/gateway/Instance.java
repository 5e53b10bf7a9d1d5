package io.headgate.gateway;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.headgate.local.LocalPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Executors;

/** An instance of a backend: counters over one PostgreSQL server, read with GET and written with PUT. */
final class Instance implements AutoCloseable {

    private final HttpServer server;
    private final Database database;
    private final ConcurrentLinkedDeque<Connection> idle = new ConcurrentLinkedDeque<>();

    /** Stands still in the middle of a write. */
    volatile Runnable beforeWrite = () -> {};

    volatile Runnable afterWrite = () -> {};

    interface Database {
        Connection connect() throws SQLException;
    }

    Instance(LocalPostgres postgres, String database) {
        this(() -> postgres.connect(database));
    }

    Instance(Database database) {
        this.database = database;
        try {
            this.server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.createContext("/", this::serve);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.start();
    }

    int port() {
        return server.getAddress().getPort();
    }

    private void serve(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        String key = path.substring(path.lastIndexOf('/') + 1);
        try (exchange) {
            byte[] body = answer(exchange, key).getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
        } catch (SQLException e) {
            exchange.sendResponseHeaders(503, -1);
        }
    }

    private String answer(HttpExchange exchange, String key) throws IOException, SQLException {
        Connection connection = idle.poll();
        if (connection == null) {
            connection = database.connect();
        }
        boolean broken = true;
        try {
            String answer = exchange.getRequestMethod().equals("PUT")
                    ? write(
                            connection,
                            key,
                            new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8))
                    : read(connection, key);
            broken = false;
            return answer;
        } finally {
            if (broken) {
                connection.close();
            } else {
                idle.push(connection);
            }
        }
    }

    private String write(Connection connection, String key, String value) throws SQLException {
        beforeWrite.run();
        try (PreparedStatement statement = connection.prepareStatement(
                "INSERT INTO counters VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value")) {
            statement.setString(1, key);
            statement.setInt(2, Integer.parseInt(value.strip()));
            statement.executeUpdate();
            afterWrite.run();
            return value;
        }
    }

    private static String read(Connection connection, String key) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("SELECT value FROM counters WHERE key = ?")) {
            statement.setString(1, key);
            try (var rows = statement.executeQuery()) {
                return rows.next() ? Integer.toString(rows.getInt(1)) : "0";
            }
        }
    }

    @Override
    public void close() {
        server.stop(0);
        idle.forEach(connection -> {
            try {
                connection.close();
            } catch (SQLException e) {
                // its server is gone before it
            }
        });
    }
}
