package io.headgate.perf;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How many scripts a Redis has run, by its own count. */
final class RedisCalls {

    private static final Pattern SCRIPTS = Pattern.compile("cmdstat_evalsha:calls=(\\d+),");
    private static final int PATIENCE_MILLIS = 5_000;

    private RedisCalls() {}

    static long scripts(int port) throws IOException {
        try (var socket = new Socket("127.0.0.1", port)) {
            socket.setSoTimeout(PATIENCE_MILLIS);
            socket.getOutputStream().write("INFO commandstats\r\nQUIT\r\n".getBytes(StandardCharsets.UTF_8));
            var answer = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            return answer.lines()
                    .map(SCRIPTS::matcher)
                    .filter(Matcher::find)
                    .mapToLong(match -> Long.parseLong(match.group(1)))
                    .sum();
        }
    }
}
