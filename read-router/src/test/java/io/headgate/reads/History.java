package io.headgate.reads;

import io.headgate.reads.ReadOutcome.Kind;
import io.headgate.reads.ReadOutcome.Level;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What clients wrote and read, each key with one writer and values that only grow; and what in it must not be. */
final class History {

    private sealed interface Step {
        record Wrote(int client, String key, int value) implements Step {}

        record Read(int client, String key, int value, ReadOutcome outcome) implements Step {

            /** Of all that this client knows, nothing need hold any more: the answer says so, once. */
            boolean tellsOfALoss() {
                return outcome.kind() == Kind.LOST_WRITE;
            }
        }
    }

    private record Of(int client, String key) {}

    private final List<Step> steps = new ArrayList<>();

    synchronized void wrote(int client, String key, int value) {
        steps.add(new Step.Wrote(client, key, value));
    }

    synchronized void read(int client, String key, int value, ReadOutcome outcome) {
        steps.add(new Step.Read(client, key, value, outcome));
    }

    synchronized long readsOf(Kind kind) {
        return steps.stream()
                .filter(step -> step instanceof Step.Read read && read.outcome().kind() == kind)
                .count();
    }

    /** Each client's steps stand in the order in which it took them. */
    synchronized List<String> violations() {
        List<String> found = new ArrayList<>();
        Map<Of, Integer> written = new HashMap<>();
        Map<Of, Integer> read = new HashMap<>();
        for (Step step : steps) {
            switch (step) {
                case Step.Wrote wrote -> written.put(new Of(wrote.client(), wrote.key()), wrote.value());
                case Step.Read it
                when it.tellsOfALoss() -> {
                    written.keySet().removeIf(who -> who.client() == it.client());
                    read.keySet().removeIf(who -> who.client() == it.client());
                    read.put(new Of(it.client(), it.key()), it.value());
                }
                case Step.Read it -> {
                    var who = new Of(it.client(), it.key());
                    if (it.value() < written.getOrDefault(who, 0)) {
                        found.add("does not see its own write " + written.get(who) + ": " + it);
                    }
                    if (it.value() < read.getOrDefault(who, 0) && it.outcome().level() != Level.RYW) {
                        found.add("falls behind " + read.get(who) + ", which it read before: " + it);
                    }
                    read.merge(who, it.value(), Math::max);
                }
            }
        }
        return found;
    }
}
