package io.headgate.api;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.springframework.http.HttpHeaders;

/** The trace that a request belongs to, for what is recorded about it. */
public record TraceId(String value) {
    public static final ExchangeKey<TraceId> KEY = ExchangeKey.of(TraceId.class);

    private static final Pattern PARENT = Pattern.compile("00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}");

    /** As the caller's {@code traceparent} names it. */
    public static Optional<TraceId> of(HttpHeaders headers) {
        return Optional.ofNullable(headers.getFirst("traceparent"))
                .map(PARENT::matcher)
                .filter(Matcher::matches)
                .map(parts -> new TraceId(parts.group(1)));
    }
}
