package io.headgate.gateway.registry;

import java.util.AbstractCollection;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An immutable map of which a changed copy is cheap: it is split, and a copy shares every part but the one that
 * changed. With 10,000 entries that is some forty copied for a change of one.
 */
final class Shards<K, V> {

    private static final int COUNT = 256;

    private final List<Map<K, V>> parts;
    private final int size;

    private Shards(List<Map<K, V>> parts, int size) {
        this.parts = parts;
        this.size = size;
    }

    static <K, V> Shards<K, V> empty() {
        return new Shards<>(Collections.nCopies(COUNT, Map.of()), 0);
    }

    Optional<V> find(K key) {
        return Optional.ofNullable(parts.get(partOf(key)).get(key));
    }

    boolean has(K key) {
        return parts.get(partOf(key)).containsKey(key);
    }

    int size() {
        return size;
    }

    Shards<K, V> with(K key, V value) {
        Map<K, V> part = new HashMap<>(parts.get(partOf(key)));
        part.put(key, value);
        return replacing(partOf(key), part);
    }

    Shards<K, V> without(K key) {
        if (!has(key)) {
            return this;
        }
        Map<K, V> part = new HashMap<>(parts.get(partOf(key)));
        part.remove(key);
        return replacing(partOf(key), part);
    }

    Collection<V> values() {
        return new AbstractCollection<>() {
            @Override
            public Iterator<V> iterator() {
                return parts.stream().flatMap(part -> part.values().stream()).iterator();
            }

            @Override
            public int size() {
                return size;
            }
        };
    }

    private Shards<K, V> replacing(int index, Map<K, V> part) {
        List<Map<K, V>> copy = new ArrayList<>(parts);
        int before = copy.set(index, part).size();
        return new Shards<>(copy, size - before + part.size());
    }

    private static int partOf(Object key) {
        int hash = key.hashCode() * 0x9E3779B9; // so that similar names spread
        return hash >>> 24;
    }
}
