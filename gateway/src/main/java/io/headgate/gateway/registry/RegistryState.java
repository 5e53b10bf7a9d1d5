package io.headgate.gateway.registry;

import java.time.Instant;

/** How current the configuration is that this instance serves. */
public sealed interface RegistryState {

    /** As status and health write it. */
    String word();

    /** Nothing to serve from yet. */
    record Starting(String reason) implements RegistryState {
        @Override
        public String word() {
            return "starting";
        }
    }

    /** In touch with the store. */
    record Live(Instant since) implements RegistryState {
        @Override
        public String word() {
            return "live";
        }
    }

    /** The store is away; the last good configuration is served. */
    record Stale(Instant since, String reason) implements RegistryState {
        @Override
        public String word() {
            return "stale";
        }
    }
}
