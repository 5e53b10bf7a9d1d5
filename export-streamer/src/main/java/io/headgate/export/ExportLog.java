package io.headgate.export;

import io.headgate.api.Caller;
import io.headgate.api.Event;
import io.headgate.api.EventIds;
import io.headgate.api.EventLog;
import io.headgate.api.RequestId;
import io.headgate.api.TraceId;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Duration;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.springframework.web.server.ServerWebExchange;

/** Tells the audit what was asked for, what left, and what broke off; of a filter only its hash, and never a value. */
final class ExportLog {

    private final Supplier<Optional<EventLog>> events;
    private final EventIds ids;
    private final Clock clock;

    /** @param events asked for at the first export: what keeps events may itself be configured by the registry */
    ExportLog(Supplier<Optional<EventLog>> events, EventIds ids, Clock clock) {
        this.events = events;
        this.ids = ids;
        this.clock = clock;
    }

    /** On whose behalf. */
    record Asker(String tenant, String subject, Optional<String> requestId, Optional<String> traceId) {

        static Asker of(ServerWebExchange exchange) {
            Caller caller = Caller.KEY.get(exchange);
            return new Asker(
                    caller.tenant(),
                    caller.subject(),
                    RequestId.KEY.find(exchange).map(RequestId::value),
                    TraceId.KEY.find(exchange).map(TraceId::value));
        }
    }

    /** Refuses with {@code events-unavailable} where it cannot be recorded and must be; so do the others. */
    void requested(Asker asker, ExportOrder order) {
        Map<String, Object> data = data(order);
        data.put("columns", order.columns());
        append("export.requested", data, asker);
    }

    /** @param sha256 of the bytes that left, in hexadecimal */
    void completed(Asker asker, ExportOrder order, ExportTally tally, String sha256, Duration took) {
        Map<String, Object> data = data(order);
        data.put("sha256", sha256);
        tally.source().ifPresent(source -> data.put("snapshot", source.snapshot()));
        append("export.completed", flow(data, tally, took), asker);
    }

    /** @param reason a word of ours, never what a database or a client said */
    void failed(Asker asker, ExportOrder order, ExportTally tally, String reason, Duration took) {
        Map<String, Object> data = data(order);
        data.put("reason", reason);
        append("export.failed", flow(data, tally, took), asker);
    }

    private static Map<String, Object> data(ExportOrder order) {
        Map<String, Object> data = new LinkedHashMap<>();
        data.put("dataset", order.dataset().toString());
        data.put("format", order.format().name().toLowerCase(Locale.ROOT));
        data.put("filter_hash", sha256(order.query()));
        return data;
    }

    private static Map<String, Object> flow(Map<String, Object> data, ExportTally tally, Duration took) {
        data.put("rows", tally.rows());
        data.put("bytes", tally.bytes());
        data.put("duration_ms", took.toMillis());
        return data;
    }

    private static String sha256(String text) {
        return HexFormat.of().formatHex(sha256().digest(text.getBytes(StandardCharsets.UTF_8)));
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    private void append(String type, Map<String, Object> data, Asker asker) {
        events.get()
                .ifPresent(log -> log.append(new Event(
                        ids.next(),
                        type,
                        clock.instant(),
                        Optional.of(asker.tenant()),
                        Optional.of(asker.subject()),
                        asker.requestId(),
                        asker.traceId(),
                        data)));
    }
}
