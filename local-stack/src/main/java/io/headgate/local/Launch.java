package io.headgate.local;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * What to run.
 *
 * @param stopSignal asks it to end, by {@code stop} as well as at the end of this program
 * @param deathSignal what it gets from the kernel when this program is killed; KILL cannot be missed or ignored
 * @param asNobody for a program that refuses to run as root
 */
record Launch(
        List<String> command,
        Map<String, String> environment,
        Path log,
        String stopSignal,
        String deathSignal,
        boolean asNobody) {

    static Launch of(List<String> command, Path log) {
        return new Launch(command, Map.of(), log, "TERM", "KILL", false);
    }

    Launch with(Map<String, String> environment) {
        return new Launch(command, environment, log, stopSignal, deathSignal, asNobody);
    }
}
