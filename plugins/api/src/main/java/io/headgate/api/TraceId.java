package io.headgate.api;

/** The trace that a request belongs to, for what is recorded about it. */
public record TraceId(String value) {
    public static final ExchangeKey<TraceId> KEY = ExchangeKey.of(TraceId.class);
}
