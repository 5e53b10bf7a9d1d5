package io.headgate.gateway;

import io.headgate.local.LocalPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** An address that leads to one server now and to another later; what is connected through it then breaks off. */
final class MovingAddress implements AutoCloseable {

    private final ServerSocket door;
    private final List<Socket> open = new ArrayList<>();
    private int server;

    MovingAddress(LocalPostgres server) {
        this.server = server.port();
        try {
            door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.startVirtualThread(this::accept);
    }

    String r2dbcUrl() {
        return "r2dbc:postgresql://127.0.0.1:" + door.getLocalPort() + "/postgres";
    }

    Connection connect() throws SQLException {
        return DriverManager.getConnection("jdbc:postgresql://127.0.0.1:" + door.getLocalPort() + "/postgres?user="
                + LocalPostgres.USER + "&connectTimeout=2&sslmode=disable&gssEncMode=disable");
    }

    synchronized void leadTo(LocalPostgres other) {
        server = other.port();
        open.forEach(MovingAddress::end);
        open.clear();
    }

    private void accept() {
        try {
            while (true) {
                Socket client = door.accept();
                Thread.startVirtualThread(() -> connect(client));
            }
        } catch (IOException e) {
            // the test is over
        }
    }

    private synchronized void connect(Socket client) {
        open.add(client);
        try {
            Socket behind = new Socket(InetAddress.getLoopbackAddress(), server);
            open.add(behind);
            client.setTcpNoDelay(true);
            behind.setTcpNoDelay(true);
            Thread.startVirtualThread(() -> copy(client, behind));
            Thread.startVirtualThread(() -> copy(behind, client));
        } catch (IOException e) {
            end(client); // as the server would, which is not there
        }
    }

    private static void copy(Socket from, Socket to) {
        try (from;
                to) {
            from.getInputStream().transferTo(to.getOutputStream());
        } catch (IOException e) {
            // one of the two has gone, and so does the other
        }
    }

    private static void end(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public synchronized void close() {
        try {
            door.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        open.forEach(MovingAddress::end);
    }
}
