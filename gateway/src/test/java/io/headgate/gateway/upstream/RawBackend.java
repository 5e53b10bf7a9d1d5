package io.headgate.gateway.upstream;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A backend that does on its sockets exactly what a test says, misbehaviour included. */
final class RawBackend implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 60;

    interface Script {
        void run(Conversation conversation) throws Exception;
    }

    private final ServerSocket listening;
    private final Script script;
    private final BlockingQueue<String> heads = new LinkedBlockingQueue<>();
    private final BlockingQueue<String> ends = new LinkedBlockingQueue<>();
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();

    RawBackend(Script script) throws IOException {
        this.script = script;
        this.listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(this::accept);
    }

    int port() {
        return listening.getLocalPort();
    }

    /** The next request's head, as it came. */
    String head() throws InterruptedException {
        return poll(heads, "a request");
    }

    boolean hasNoFurtherHead() {
        return heads.isEmpty();
    }

    /** Waits until a connection that a script watches has been ended by the gateway. */
    void awaitEnd() throws InterruptedException {
        poll(ends, "the end of a connection");
    }

    private static String poll(BlockingQueue<String> queue, String what) throws InterruptedException {
        String element = queue.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        if (element == null) {
            throw new AssertionError("the backend never saw " + what);
        }
        return element;
    }

    private void accept() {
        while (!listening.isClosed()) {
            try {
                Socket socket = listening.accept();
                sockets.add(socket);
                Thread.ofVirtual().start(() -> converse(socket));
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void converse(Socket socket) {
        try (socket) {
            script.run(new Conversation(socket));
        } catch (Exception gone) {
            ends.add("broken");
        }
    }

    /** Breaks every connection off, as a crash would. */
    void closeConnections() throws IOException {
        for (Socket socket : sockets) {
            try (socket) {
                socket.setSoLinger(true, 0);
            } catch (SocketException closed) {
                // its own conversation ended it meanwhile
            }
        }
    }

    @Override
    public void close() throws IOException {
        listening.close();
        closeConnections();
    }

    final class Conversation {
        private final Socket socket;
        private final InputStream in;

        Conversation(Socket socket) throws IOException {
            this.socket = socket;
            this.in = socket.getInputStream();
        }

        String readHead() throws IOException {
            var head = new StringBuilder();
            while (head.indexOf("\r\n\r\n") < 0) {
                int next = in.read();
                if (next < 0) {
                    throw new IOException("ended");
                }
                head.append((char) next);
            }
            heads.add(head.toString());
            return head.toString();
        }

        String read(int bytes) throws IOException {
            return new String(in.readNBytes(bytes), StandardCharsets.US_ASCII);
        }

        int readSome(byte[] into) throws IOException {
            return in.read(into);
        }

        void send(String text) throws IOException {
            send(text.getBytes(StandardCharsets.US_ASCII));
        }

        void send(byte[] bytes) throws IOException {
            socket.getOutputStream().write(bytes);
            socket.getOutputStream().flush();
        }

        void reset() throws IOException {
            socket.setSoLinger(true, 0);
            socket.close();
        }

        /** Reads until the gateway closes or breaks the connection, and tells {@link #awaitEnd}. */
        void watch() {
            try {
                while (in.read() >= 0) {
                    // whatever comes
                }
            } catch (IOException broken) {
                // is an end too
            }
            ends.add("ended");
        }
    }
}
