package io.headgate.gateway.events;

import java.util.List;
import java.util.function.Function;
import reactor.core.publisher.Mono;

/** Carries events from the spools of all instances to the audit. At least once: whoever takes them drops doubles. */
interface EventTransport {

    /** @param json the event, or whatever came in its place */
    record Refused(byte[] json, String reason) {}

    /**
     * Completes once all of the events are kept, or are refused for good, which it tells. An error says nothing about any
     * of them, and all are to be delivered again.
     */
    Mono<List<Refused>> deliver(List<byte[]> events);

    /** Puts aside what can never get to the audit, with the reason; completes once it is kept. */
    Mono<Void> bury(List<Refused> refused);

    /** Hands over what was delivered until it is cancelled; what {@code handler} does not complete comes again. */
    Mono<Void> consume(Function<List<byte[]>, Mono<Void>> handler);

    Mono<Void> close();
}
