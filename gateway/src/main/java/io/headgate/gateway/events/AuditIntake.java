package io.headgate.gateway.events;

import io.headgate.gateway.events.EventTransport.Refused;
import io.r2dbc.spi.R2dbcException;
import java.util.ArrayList;
import java.util.List;
import reactor.core.publisher.Mono;

/** Takes what comes into the audit. One event that PostgreSQL cannot take must not keep the others out. */
final class AuditIntake {

    private final AuditWriter writer;

    AuditIntake(AuditWriter writer) {
        this.writer = writer;
    }

    private record Readable(byte[] json, AuditEntry entry) {}

    /** @return those that can never be taken */
    Mono<List<Refused>> take(List<byte[]> events) {
        List<Readable> readable = new ArrayList<>();
        List<Refused> refused = new ArrayList<>();
        for (byte[] json : events) {
            try {
                readable.add(new Readable(json, AuditEntry.parse(json)));
            } catch (IllegalArgumentException e) {
                refused.add(new Refused(json, String.valueOf(e.getMessage())));
            }
        }
        return write(readable).map(more -> {
            refused.addAll(more);
            return refused;
        });
    }

    private Mono<List<Refused>> write(List<Readable> events) {
        return writer.write(events.stream().map(Readable::entry).toList())
                .then(Mono.just(List.<Refused>of()))
                .onErrorResume(error -> isTheEventsFault(error) && !events.isEmpty(), error -> narrowed(events, error));
    }

    /** Halves until the one is alone. */
    private Mono<List<Refused>> narrowed(List<Readable> events, Throwable error) {
        if (events.size() == 1) {
            return Mono.just(List.of(new Refused(events.getFirst().json(), "PostgreSQL: " + error.getMessage())));
        }
        int half = events.size() / 2;
        return write(events.subList(0, half))
                .flatMap(first -> write(events.subList(half, events.size())).map(second -> {
                    List<Refused> both = new ArrayList<>(first);
                    both.addAll(second);
                    return both;
                }));
    }

    /** Class 22 is about values: text that is no time, a number that is too large. */
    private static boolean isTheEventsFault(Throwable error) {
        return error instanceof R2dbcException driver
                && String.valueOf(driver.getSqlState()).startsWith("22");
    }
}
