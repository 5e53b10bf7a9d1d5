package io.headgate.perf;

import org.jspecify.annotations.Nullable;

/** A part of the local stack as the launcher tells it: the members that benches need, others are ignored. */
record StackPart(
        String name,
        String kind,
        long pid,
        String state,
        int edge,
        int admin,
        int port,
        @Nullable String database,
        @Nullable String user) {

    boolean isGateway() {
        return kind.equals("gateway");
    }

    boolean isUp() {
        return state.equals("up");
    }
}
