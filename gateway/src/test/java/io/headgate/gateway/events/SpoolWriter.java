package io.headgate.gateway.events;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;

/** A process that appends in several threads until it is killed, and tells of each event only once it was taken. */
final class SpoolWriter {

    private SpoolWriter() {}

    public static void main(String[] args) {
        var spool = Spool.open(new Spool.Settings(
                new SpoolDirectory(Path.of(args[0]), false),
                1 << 20,
                1 << 28,
                Duration.ofMillis(Long.parseLong(args[2]))));
        var out = new PrintStream(System.out, true, StandardCharsets.US_ASCII);
        for (int thread = 0; thread < Integer.parseInt(args[1]); thread++) {
            String prefix = thread + ":";
            Thread.ofPlatform().start(() -> {
                for (int i = 0; ; i++) {
                    String id = prefix + i;
                    byte[] event = (id + " " + "x".repeat(i % 700)).getBytes(StandardCharsets.US_ASCII);
                    if (spool.append(event)) {
                        out.println(id);
                    }
                }
            });
        }
    }
}
