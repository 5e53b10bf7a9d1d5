package io.headgate.gateway.edge;

import io.headgate.gateway.upstream.UpstreamRecord;

/**
 * Where a request's time went.
 *
 * @param total from the first look at the request to its end, streaming included
 * @param inside what the gateway itself took: until the backend is called, and from the head of its answer until that
 *     goes to the client; all of it where no backend was called; and where the call gave no answer, all but the call
 * @param upstream from the first attempt to the head of the backend's answer, retries and the waits between them
 *     included; where none came, to the end of the call; 0 where no backend was called
 */
record Timings(long total, long inside, long upstream) {

    static Timings of(EdgeRecord record) {
        UpstreamRecord call = record.upstream();
        long total = record.nanos();
        if (call.attempts() == 0) {
            return new Timings(total, total, 0);
        }
        long before = call.startedNanos() - record.startedNanos();
        long toHead = call.nanosToHeaders();
        if (toHead == 0) {
            long took = call.nanosToEnd() > 0 ? call.nanosToEnd() : total - before;
            return new Timings(total, total - took, took);
        }
        return new Timings(total, before + Math.max(0, call.nanosToHandover() - toHead), toHead);
    }
}
