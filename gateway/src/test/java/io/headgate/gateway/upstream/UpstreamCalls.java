package io.headgate.gateway.upstream;

import java.util.HashSet;
import java.util.Set;
import java.util.function.BiConsumer;

/** Lets tests of other packages write what a call took, and read what it would have sent. */
public final class UpstreamCalls {

    private UpstreamCalls() {}

    public static void answered(
            UpstreamRecord record, String target, long started, long headers, long handedOver, long finished) {
        record.started(target, started);
        record.headersReceived(headers);
        record.handedOver(handedOver);
        record.finished(finished);
    }

    public static void unanswered(UpstreamRecord record, String target, long started, int attempts) {
        for (int i = 0; i < attempts; i++) {
            record.started(target, started + i);
        }
    }

    public static void forEach(OutboundHeaders headers, BiConsumer<String, String> consumer) {
        headers.forEach(consumer);
    }

    public static Set<String> dropped(OutboundHeaders headers) {
        Set<String> dropped = new HashSet<>();
        headers.forEachDropped(dropped::add);
        return dropped;
    }
}
