package io.headgate.gateway;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/** What clients wrote and read over HTTP, each key with one writer and values that only grow; and what must not be in it. */
final class ReadHistory {

    /** @param outcome as the answer says it: {@code replica;node="replica-1";level=session;lag=3} */
    record Read(int client, String key, int value, String outcome) {

        boolean promisesOnlyOwnWrites() {
            return outcome.contains("level=ryw");
        }

        boolean isOnReplica() {
            return outcome.startsWith("replica") || outcome.startsWith("waited");
        }

        /** Of all that this client knows, nothing need hold any more: the answer says so, once. */
        boolean tellsOfALoss() {
            return outcome.startsWith("lost-write");
        }

        /** The answer says itself that it does not hold. */
        boolean isExcused() {
            return tellsOfALoss() || outcome.startsWith("degraded");
        }
    }

    private final List<Object> steps = new ArrayList<>();
    private final Map<String, NavigableMap<Long, Integer>> answered = new HashMap<>();

    private record Of(int client, String key) {}

    private record Wrote(int client, String key, int value) {}

    private record Dated(Read read, int atLeast) {}

    /** Only what was answered as written. */
    synchronized void wrote(int client, String key, int value) {
        steps.add(new Wrote(client, key, value));
        answered.computeIfAbsent(key, _ -> new TreeMap<>()).put(System.nanoTime(), value);
    }

    /** The least that a read of anybody must show that begins now and is no older than this; for a strong one, than nothing. */
    synchronized int leastNow(String key, Duration maxAge) {
        var before = answered.getOrDefault(key, new TreeMap<>()).floorEntry(System.nanoTime() - maxAge.toNanos());
        return before == null ? 0 : before.getValue();
    }

    /** @param atLeast as it was when the read began */
    synchronized void dated(Read read, int atLeast) {
        steps.add(new Dated(read, atLeast));
    }

    synchronized void read(Read read) {
        steps.add(read);
    }

    synchronized long reads() {
        return steps.stream().filter(Read.class::isInstance).count();
    }

    /** A failover lost what was answered as written. */
    synchronized void lost() {
        answered.clear();
    }

    synchronized long lossesTold() {
        return steps.stream()
                .filter(step -> step instanceof Read read && read.tellsOfALoss())
                .count();
    }

    synchronized long readsOnReplicas() {
        return steps.stream()
                .filter(step -> step instanceof Read read && read.isOnReplica())
                .count();
    }

    /** Each client's steps stand in the order in which it took them. */
    synchronized List<String> violations() {
        List<String> found = new ArrayList<>();
        Map<Of, Integer> written = new HashMap<>();
        Map<Of, Integer> seen = new HashMap<>();
        for (Object step : steps) {
            if (step instanceof Wrote wrote) {
                written.merge(new Of(wrote.client(), wrote.key()), wrote.value(), Math::max);
            } else if (step instanceof Dated(Read read, int atLeast) && read.value() < atLeast) {
                found.add("is older than it may be, below " + atLeast + ": " + read);
            } else if (step instanceof Read read && read.tellsOfALoss()) {
                written.keySet().removeIf(of -> of.client() == read.client());
                seen.keySet().removeIf(of -> of.client() == read.client());
                seen.put(new Of(read.client(), read.key()), read.value());
            } else if (step instanceof Read read && !read.isExcused()) {
                var who = new Of(read.client(), read.key());
                if (read.value() < written.getOrDefault(who, 0)) {
                    found.add("does not see its own write " + written.get(who) + ": " + read);
                }
                if (read.value() < seen.getOrDefault(who, 0) && !read.promisesOnlyOwnWrites()) {
                    found.add("falls behind " + seen.get(who) + ", which it read before: " + read);
                }
                seen.merge(who, read.value(), Math::max);
            }
        }
        return found;
    }
}
