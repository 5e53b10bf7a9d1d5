package io.headgate.local;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** One command to Redis, and its answer: a line, or the text of a bulk reply. */
final class Resp {

    private static final int PATIENCE_MILLIS = 60_000;
    private static final int PROBE_MILLIS = 1_000;

    private Resp() {}

    static String ask(int port, String... words) throws IOException {
        return ask(port, PATIENCE_MILLIS, words);
    }

    private static String ask(int port, int millis, String... words) throws IOException {
        try (var socket = new Socket()) {
            socket.connect(new InetSocketAddress(Ports.HOST, port), millis);
            socket.setSoTimeout(millis);
            socket.getOutputStream().write(encoded(words).getBytes(StandardCharsets.UTF_8));
            return reply(new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8)));
        }
    }

    static boolean answers(int port) {
        try {
            return ask(port, PROBE_MILLIS, "PING").equals("PONG");
        } catch (IOException e) {
            return false;
        }
    }

    private static String encoded(String... words) {
        var request = new StringBuilder("*" + words.length + "\r\n");
        for (String word : words) {
            int bytes = word.getBytes(StandardCharsets.UTF_8).length;
            request.append('$').append(bytes).append("\r\n").append(word).append("\r\n");
        }
        return request.toString();
    }

    private static String reply(BufferedReader reader) throws IOException {
        String line = reader.readLine();
        if (line == null || line.isEmpty()) {
            throw new IOException("no answer");
        }
        return switch (line.charAt(0)) {
            case '-' -> throw new IOException(line.substring(1));
            case '$' -> bulk(reader, Integer.parseInt(line.substring(1)));
            default -> line.substring(1);
        };
    }

    private static String bulk(BufferedReader reader, int length) throws IOException {
        var text = new StringBuilder();
        while (text.length() < length) {
            int character = reader.read();
            if (character < 0) {
                throw new IOException("answer cut off");
            }
            text.append((char) character);
        }
        return text.toString();
    }
}
