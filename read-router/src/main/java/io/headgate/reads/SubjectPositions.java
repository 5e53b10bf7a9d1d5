package io.headgate.reads;

import reactor.core.publisher.Mono;

/** What subjects wrote, kept for those of their requests that bring no token, on whatever instance. Neither fails. */
interface SubjectPositions {

    record Subject(String tenant, String name) {}

    /** Answers exactly once; what cannot be told is untrusted, so that the read is a strong one. */
    Mono<Seen> of(Subject subject);

    /** Completes once every instance can learn of it, or once nothing more can be done. */
    Mono<Void> keep(Subject subject, Seen wrote);
}
