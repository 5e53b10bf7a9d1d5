package io.headgate.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OrphansTest {

    private static final int FEWEST_PROCESSES = 10;

    /** Where the other program works: what it leaves when it is killed goes with the test. */
    @TempDir
    private Path place;

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whenTheProgramIsKilledNothingThatItStartedOrPausedLivesOn(boolean pipes) throws Exception {
        Path target = Files.createDirectories(Path.of("target").toAbsolutePath());
        Path log = target.resolve("other-jvm.log");
        shareBinaries(target);
        Process other = new ProcessBuilder(
                        JavaProgram.java().toString(),
                        "-D" + Spawner.PIPES_PROPERTY + "=" + pipes,
                        "-cp",
                        System.getProperty("java.class.path"),
                        StackInAnotherJvm.class.getName())
                .directory(place.toFile())
                .redirectError(log.toFile())
                .start();
        List<ProcessHandle> started = startedBy(other.inputReader());
        assertThat(started).as(Files.readString(log)).hasSizeGreaterThan(FEWEST_PROCESSES);

        other.destroyForcibly().waitFor();

        Await.until(
                Duration.ofSeconds(30),
                "nothing is left of " + started,
                () -> started.stream().noneMatch(ProcessHandle::isAlive));
    }

    /** Unpacking the programs once more would cost seconds. */
    private void shareBinaries(Path target) throws IOException {
        Path binaries = Files.createDirectories(target.resolve("local-stack-binaries"));
        Files.createSymbolicLink(
                Files.createDirectory(place.resolve("target")).resolve(binaries.getFileName()), binaries);
    }

    private static List<ProcessHandle> startedBy(BufferedReader output) throws Exception {
        List<ProcessHandle> started = new ArrayList<>();
        for (String line = output.readLine(); line != null && !line.equals("all"); line = output.readLine()) {
            if (line.startsWith("pid ")) {
                ProcessHandle.of(Long.parseLong(line.substring(4))).ifPresent(started::add);
            }
        }
        return started;
    }
}
