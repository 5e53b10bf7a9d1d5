package io.headgate.gateway.events;

import io.headgate.api.Event;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;

/** An instance that takes decisions in several threads until it is killed, and tells of each once it was taken. */
final class DecisionWriter {

    private DecisionWriter() {}

    public static void main(String[] args) {
        var properties = Pipelines.properties(Path.of(args[0]));
        var spool = Spool.open(
                new Spool.Settings(SpoolDirectory.of(args[0]), 1 << 20, 1 << 28, properties.forceInterval()));
        var log = new SpooledEventLog(spool, properties);
        var out = new PrintStream(System.out, true, StandardCharsets.US_ASCII);
        for (int thread = 0; thread < 3; thread++) {
            Thread.ofPlatform().start(() -> {
                for (int i = 0; ; i++) {
                    Event event = Pipelines.decision(Instant.now(), "request-" + i);
                    try {
                        log.append(event);
                        out.println(event.eventId());
                    } catch (io.headgate.api.ProblemException full) {
                        Thread.onSpinWait(); // a segment is being made
                    }
                }
            });
        }
    }
}
