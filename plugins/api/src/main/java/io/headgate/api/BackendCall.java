package io.headgate.api;

import java.util.Optional;

/** The call of a backend, for a step that says where it goes, and may have it made again elsewhere. */
public interface BackendCall {

    /** Where a step wants this one request to go; without it, or where it names none, the route's own weights decide. */
    record Target(Optional<DatabaseReplica> replica) {
        public static final ExchangeKey<Target> KEY = ExchangeKey.of(Target.class);
        public static final Target ANY = new Target(Optional.empty());
    }

    ExchangeKey<BackendCall> KEY = ExchangeKey.of(BackendCall.class);

    /**
     * Ends the call for another one in its place: nothing of its answer has left, its request can be sent once more, and
     * the backend's budget of retries has room, which this uses. Otherwise false, and the answer stays as it is.
     */
    boolean tryAbandon();
}
