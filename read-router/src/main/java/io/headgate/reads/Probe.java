package io.headgate.reads;

import reactor.core.publisher.Mono;

/** Asks one node of a cluster about itself. */
interface Probe {

    Mono<Reading> read();

    /** Where the timeline of {@code reading} came from; fails where the server does not tell. */
    Mono<Lineage> lineage(Reading reading);

    /** Ends the connection, so that the next question goes to whoever has the address now. */
    void reconnect();
}
