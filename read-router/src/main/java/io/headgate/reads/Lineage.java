package io.headgate.reads;

import java.util.HashMap;
import java.util.Map;

/**
 * The timeline that a primary writes, and those it came from.
 *
 * @param switches for each ancestor the position up to which its log is part of this one
 */
record Lineage(long system, int timeline, Map<Integer, Lsn> switches) {

    enum Judgement {
        /** Part of this history. */
        HELD,
        /** Written on an ancestor after this history had left it. */
        LOST,
        /** On a timeline that this history does not know. */
        UNKNOWN
    }

    Lineage {
        switches = Map.copyOf(switches);
    }

    static Lineage starting(long system, int timeline) {
        return new Lineage(system, timeline, Map.of());
    }

    /** @param history the server's own file: lines of timeline, position and reason */
    static Lineage parse(long system, int timeline, String history, LogLayout layout) {
        Map<Integer, Lsn> switches = new HashMap<>();
        history.lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty() && line.charAt(0) != '#')
                .map(line -> line.split("\\s+", 3))
                .forEach(fields -> {
                    if (fields.length < 2) {
                        throw new IllegalArgumentException(
                                "history of timeline " + timeline + " (expected: lines of timeline and position)");
                    }
                    switches.put(Integer.parseInt(fields[0]), layout.normalize(Lsn.parse(fields[1])));
                });
        return new Lineage(system, timeline, switches);
    }

    Judgement judge(Position position) {
        if (position.branch().equals(new Branch(system, timeline))) {
            return Judgement.HELD;
        }
        Lsn left = switches.get(position.branch().timeline());
        if (position.system() != system || left == null) {
            return Judgement.UNKNOWN;
        }
        return left.isAtLeast(position.lsn()) ? Judgement.HELD : Judgement.LOST;
    }
}
