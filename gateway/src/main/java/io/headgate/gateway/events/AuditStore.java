package io.headgate.gateway.events;

import java.util.List;
import java.util.Optional;
import reactor.core.publisher.Mono;

/** The audit, for those who may read it. Everything here ends in {@code audit-unavailable} while PostgreSQL is away. */
public interface AuditStore {

    /** At most {@link AuditQuery#limit} events. */
    Mono<List<AuditEntry>> find(AuditQuery query);

    /** Walks every chain from its first link, in memory that does not grow with it. */
    Mono<Verification> verify();

    /** @param checked events that were looked at, up to the first that is wrong */
    record Verification(long checked, Optional<Broken> firstBroken, List<Anchor> anchors) {}

    /**
     * Where a chain does not hold: at an event that was changed, at the one after an event that is gone, or, where events
     * are gone from the end, at the last that was there.
     */
    record Broken(String partition, Optional<String> eventId) {}

    /** Where a whole chain ends. Whoever keeps it elsewhere can tell later that nobody forged the chain from its start. */
    record Anchor(String partition, long length, String head) {}
}
