package io.headgate.local;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * How other commands talk to the running supervisor: a loopback port, whose number and secret stand in a file that only
 * the owner can read. A request is one line, the secret and words; the answer is a line that says {@code ok} or
 * {@code error}, and text.
 */
final class Control {

    private static final JsonMapper JSON = JsonMapper.shared();
    private static final int MAX_REQUEST = 1_024;
    private static final int SECRET_BYTES = 32;
    private static final int REQUEST_MILLIS = 5_000;
    private static final String OK = "ok";

    private Control() {}

    /** Answers requests until the program ends. */
    static void serve(Places places, Function<List<String>, String> handler) {
        byte[] random = new byte[SECRET_BYTES];
        new SecureRandom().nextBytes(random);
        String secret = HexFormat.of().formatHex(random);
        try {
            var socket = new ServerSocket(0, 50, InetAddress.getByName(Ports.HOST));
            Thread.ofPlatform().daemon().name("control").start(() -> accept(socket, secret, handler));
            Modes.writePrivately(
                    places.supervisor(),
                    JSON.createObjectNode()
                            .put("pid", ProcessHandle.current().pid())
                            .put("port", socket.getLocalPort())
                            .put("secret", secret)
                            .toString());
        } catch (IOException e) {
            throw new StackException("no port for commands", e);
        }
    }

    private static void accept(ServerSocket server, String secret, Function<List<String>, String> handler) {
        while (true) {
            try {
                Socket socket = server.accept();
                Thread.ofVirtual().start(() -> answer(socket, secret, handler));
            } catch (IOException e) {
                return;
            }
        }
    }

    private static void answer(Socket socket, String secret, Function<List<String>, String> handler) {
        try (socket) {
            socket.setSoTimeout(REQUEST_MILLIS);
            List<String> words = List.of(line(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))
                    .split(" "));
            if (!MessageDigest.isEqual(bytes(words.getFirst()), bytes(secret))) {
                return;
            }
            socket.getOutputStream().write(bytes(outcome(words.subList(1, words.size()), handler)));
        } catch (IOException e) {
            return; // whoever asked has gone
        }
    }

    private static String outcome(List<String> words, Function<List<String>, String> handler) {
        try {
            return OK + "\n" + handler.apply(words);
        } catch (StackException e) {
            return "error\n" + e.getMessage();
        } catch (RuntimeException e) { // a fault of ours needs an answer too: silence means that nothing is running
            return "error\n" + String.join(" ", words) + " failed: " + e;
        }
    }

    private static String line(Reader reader) throws IOException {
        var line = new StringBuilder();
        for (int c = reader.read(); c >= 0 && c != '\n' && line.length() < MAX_REQUEST; c = reader.read()) {
            line.append((char) c);
        }
        return line.toString();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** What the supervisor answers; empty where none runs. An answer may take as long as a part takes to start. */
    static Optional<String> ask(Places places, String... words) {
        try {
            JsonNode supervisor = JSON.readTree(Files.readString(places.supervisor()));
            try (var socket = new Socket()) {
                socket.connect(
                        new InetSocketAddress(
                                Ports.HOST, supervisor.path("port").intValue()),
                        REQUEST_MILLIS);
                String request = supervisor.path("secret").stringValue() + " " + String.join(" ", words) + "\n";
                socket.getOutputStream().write(bytes(request));
                return text(new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8)));
            }
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static Optional<String> text(BufferedReader reader) throws IOException {
        String outcome = reader.readLine();
        if (outcome == null) {
            return Optional.empty();
        }
        String text = reader.readAllAsString();
        if (!outcome.equals(OK)) {
            throw new StackException(text);
        }
        return Optional.of(text);
    }

    /** The process that the file names, or none. */
    static long pid(Places places) {
        try {
            return JSON.readTree(Files.readString(places.supervisor()))
                    .path("pid")
                    .asLong(0);
        } catch (IOException e) {
            return 0;
        }
    }
}
