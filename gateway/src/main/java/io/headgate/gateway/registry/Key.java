package io.headgate.gateway.registry;

import io.headgate.api.ResourceId;
import java.util.Comparator;

/** Names one resource among all kinds. */
record Key(String kind, ResourceId id) implements Comparable<Key> {

    private static final Comparator<Key> ORDER = Comparator.comparing(Key::kind).thenComparing(Key::id);

    @Override
    public int compareTo(Key other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        return kind + " " + id;
    }
}
