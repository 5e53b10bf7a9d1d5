package io.headgate.ratelimit;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;

/** Stands before a server and holds its answers back for as long as the test says. */
final class SlowProxy implements AutoCloseable {

    private final ServerSocket door;
    private final int server;
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();
    private volatile Duration delay = Duration.ZERO;

    SlowProxy(int server) {
        this.server = server;
        try {
            door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.startVirtualThread(this::accept);
    }

    String url() {
        return "redis://127.0.0.1:" + door.getLocalPort();
    }

    void delay(Duration by) {
        delay = by;
    }

    private void accept() {
        try {
            while (true) {
                connect(door.accept());
            }
        } catch (IOException e) {
            // the test is over
        }
    }

    private void connect(Socket client) throws IOException {
        try {
            Socket behind = new Socket(InetAddress.getLoopbackAddress(), server);
            client.setTcpNoDelay(true);
            behind.setTcpNoDelay(true);
            sockets.addAll(List.of(client, behind));
            Thread.startVirtualThread(() -> copy(client, behind, false));
            Thread.startVirtualThread(() -> copy(behind, client, true));
        } catch (IOException e) {
            client.close(); // as the server would, which is not there
        }
    }

    private void copy(Socket from, Socket to, boolean isDelayed) {
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            byte[] bytes = new byte[65_536];
            int read = in.read(bytes);
            while (read >= 0) {
                if (isDelayed && !delay.isZero()) {
                    LockSupport.parkNanos(delay.toNanos());
                }
                out.write(bytes, 0, read);
                out.flush();
                read = in.read(bytes);
            }
        } catch (IOException e) {
            // one of the two has gone, and so does the other
        }
    }

    @Override
    public void close() {
        try {
            door.close();
            for (Socket socket : sockets) {
                socket.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
