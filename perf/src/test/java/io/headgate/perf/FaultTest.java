package io.headgate.perf;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class FaultTest {

    private Process victim;

    /** Answers each line with itself, from a process that it has started. */
    @BeforeEach
    void start() throws IOException {
        victim = new ProcessBuilder("sh", "-c", "cat; true").start();
        assertThat(echoes("started")).isTrue();
    }

    @AfterEach
    void stop() {
        victim.descendants().forEach(ProcessHandle::destroyForcibly);
        victim.destroyForcibly();
    }

    @Test
    void aPausedProcessGoesOnWhereItWasOnceItIsLetGo() throws Exception {
        List<ProcessHandle> processes = Fault.processes(victim.pid());

        Fault.Hold hold = Fault.PAUSE.inflict(processes);

        assertThat(processes)
                .hasSize(2)
                .allSatisfy(process -> assertThat(isStopped(process)).isTrue());
        hold.release();
        assertThat(echoes("again")).isTrue();
    }

    @Test
    void killingTakesWhatTheProcessHasStartedAlong() throws Exception {
        List<ProcessHandle> processes = Fault.processes(victim.pid());

        Fault.KILL.inflict(processes);

        processes.forEach(process -> process.onExit().join());
        assertThat(processes).hasSize(2).noneMatch(ProcessHandle::isAlive);
    }

    private boolean echoes(String line) throws IOException {
        victim.outputWriter().append(line).append('\n').flush();
        BufferedReader reader = victim.inputReader();
        return line.equals(reader.readLine());
    }

    /** T is for stopped, as the kernel says where it can be read, and ps elsewhere. */
    private static boolean isStopped(ProcessHandle process) throws IOException {
        Path stat = Path.of("/proc/" + process.pid() + "/stat");
        if (Files.exists(stat)) {
            return Files.readString(stat).contains(") T ");
        }
        var ps = new ProcessBuilder("ps", "-o", "state=", "-p", Long.toString(process.pid())).start();
        return ps.inputReader().readLine().strip().startsWith("T");
    }
}
