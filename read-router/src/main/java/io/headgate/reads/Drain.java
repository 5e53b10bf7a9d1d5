package io.headgate.reads;

import java.util.Set;

/** Which replicas of a database take no reads for now, because somebody said so. */
record Drain(Set<String> replicas) {

    Drain {
        replicas = Set.copyOf(replicas);
    }
}
