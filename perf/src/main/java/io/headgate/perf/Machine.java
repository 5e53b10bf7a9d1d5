package io.headgate.perf;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where the figures come from; without it they mean little. */
record Machine(String os, int processors, String cpu, String jvm) {

    static Machine here() {
        return new Machine(
                System.getProperty("os.name") + " " + System.getProperty("os.version") + " "
                        + System.getProperty("os.arch"),
                Runtime.getRuntime().availableProcessors(),
                cpuName(),
                System.getProperty("java.vm.name") + " " + Runtime.version());
    }

    private static String cpuName() {
        try (var lines = Files.lines(Path.of("/proc/cpuinfo"))) {
            return lines.filter(line -> line.startsWith("model name"))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse("unknown");
        } catch (IOException e) {
            return "unknown";
        }
    }
}
