package io.headgate.reads;

import java.time.Duration;

/**
 * What a server says of itself.
 *
 * @param lsn how far it replayed, or, on a primary, the normalized end of what was written
 * @param applyDelay what the server was told to stay behind
 */
record Reading(Identity server, boolean recovering, int timeline, Lsn lsn, boolean paused, Duration applyDelay) {

    /**
     * Which server it is, whatever its address: two replicas of a cluster differ by the moment of their start.
     *
     * @param startedAt in the server's own words, never compared with a clock
     */
    record Identity(long system, String startedAt) {}

    Position position() {
        return Position.of(server.system(), timeline, lsn);
    }
}
