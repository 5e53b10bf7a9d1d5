package io.headgate.gateway.upstream;

import io.headgate.api.ExchangeKey;

/**
 * What the call of one request took, for whoever reports on it. The edge puts one into each exchange; it is written on
 * the event loop that carries the call.
 */
public final class UpstreamRecord {

    public static final ExchangeKey<UpstreamRecord> KEY = ExchangeKey.of(UpstreamRecord.class);

    private String target = "";
    private int attempts;
    private long startedNanos;
    private long headersNanos;
    private long handedOverNanos;
    private long finishedNanos;

    void started(String target, long nanos) {
        this.target = target;
        attempts++;
        if (startedNanos == 0) {
            startedNanos = nanos;
        }
    }

    void headersReceived(long nanos) {
        headersNanos = nanos;
    }

    /** The head of the answer, as filters left it, goes to the client. */
    void handedOver(long nanos) {
        handedOverNanos = nanos;
    }

    void finished(long nanos) {
        finishedNanos = nanos;
    }

    /** The authority that was called last; empty where none was. */
    public String target() {
        return target;
    }

    public int attempts() {
        return attempts;
    }

    /** When the first attempt began, on the clock of {@link System#nanoTime}; 0 where none did. */
    public long startedNanos() {
        return startedNanos;
    }

    /** From the first attempt to the head of the answer; 0 where none came. */
    public long nanosToHeaders() {
        return headersNanos == 0 ? 0 : headersNanos - startedNanos;
    }

    /** From the first attempt to the head of the answer going to the client; 0 where it did not. */
    public long nanosToHandover() {
        return handedOverNanos == 0 ? 0 : handedOverNanos - startedNanos;
    }

    /** From the first attempt to the last byte; 0 where it did not come. */
    public long nanosToEnd() {
        return finishedNanos == 0 ? 0 : finishedNanos - startedNanos;
    }
}
