package io.headgate.gateway.events;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headgate.gateway.admin.Awaited;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SpoolTest {

    private static final long SEGMENT = 1 << 16;

    @TempDir
    Path directory;

    @Test
    void givesBackWhatWasAppendedInItsOrder() {
        try (Spool spool = open(10)) {
            append(spool, "one", "two", "", "three");

            assertThat(texts(spool.peek(100, 1 << 20))).containsExactly("one", "two", "", "three");
        }
    }

    @Test
    void givesTheSameAgainUntilItIsAcknowledged() {
        try (Spool spool = open(10)) {
            append(spool, "one", "two", "three");
            Spool.Batch first = spool.peek(2, 1 << 20);

            assertThat(texts(spool.peek(2, 1 << 20))).containsExactly("one", "two");
            spool.acknowledge(first.end());
            assertThat(texts(spool.peek(2, 1 << 20))).containsExactly("three");
        }
    }

    @Test
    void goesOnAfterARestartWhereItWasAcknowledged() {
        try (Spool spool = open(10)) {
            append(spool, "one", "two");
            spool.acknowledge(spool.peek(1, 1 << 20).end());
        }
        try (Spool spool = open(10)) {
            append(spool, "three");

            assertThat(drain(spool)).containsExactly("two", "three");
        }
    }

    @Test
    void staysWithinItsBoundSaysSoAndTakesEventsAgainOnceSomeAreDelivered() throws IOException {
        try (Spool spool = open(4)) {
            List<String> taken = fill(spool);

            assertThat(spool.isFull()).isTrue();
            assertThat(onDisk()).isLessThanOrEqualTo(4 * SEGMENT);
            assertThat(spool.backlog()).isBetween(3 * SEGMENT, 4 * SEGMENT);

            assertThat(drain(spool)).isEqualTo(taken);
            Awaited.until("there is room again", () -> spool.append("again".getBytes(US_ASCII)));
            assertThat(drain(spool)).containsExactly("again");
            assertThat(spool.isFull()).isFalse();
        }
    }

    @Test
    void takesDeliveredSegmentsOffTheDisk() {
        try (Spool spool = open(20)) {
            for (int round = 0; round < 10; round++) {
                int number = round;
                Awaited.until("it is taken", () -> appendSome(spool, number));
                drain(spool);
            }
            Awaited.until("what was delivered is gone", () -> onDisk() <= 2 * SEGMENT);
            assertThat(spool.backlog()).isLessThan(64);
        }
    }

    @Test
    void givesItsDirectoryToOneProcessAlone() {
        try (Spool spool = open(10)) {
            assertThatThrownBy(() -> open(10)).hasMessageContaining("is in use by another process");
            append(spool, "one");
        }
        open(10).close();
    }

    /** What kill -9 leaves when it meets a writer between its claim and its publication. */
    @Test
    void stepsOverWhatAWriterLeftUnfinishedAndFindsWhatOthersWroteBehindIt() throws IOException {
        try (Spool spool = open(10)) {
            append(spool, "before", "unfinished", "behind");
        }
        long second = Segment.START + 8 + 8; // the word and the padded bytes of the first
        overwrite(second, 1L << 62 | 10L << 32);
        try (Spool spool = open(10)) {
            append(spool, "later");

            assertThat(drain(spool)).containsExactly("before", "behind", "later");
            assertThat(spool.torn()).isEqualTo(1);
        }
    }

    @Test
    void waitsForAWriterOfItsOwnProcessThatIsNotDone() throws IOException {
        try (Spool spool = open(10)) {
            append(spool, "before", "unfinished", "behind");
            long second = Segment.START + 8 + 8;
            long published = overwrite(second, 1L << 62 | 10L << 32);

            assertThat(drain(spool)).containsExactly("before");
            overwrite(second, published);
            assertThat(drain(spool)).containsExactly("unfinished", "behind");
        }
    }

    @Test
    void leavesOutAndCountsWhatIsNotWhatWasWritten() throws IOException {
        try (Spool spool = open(10)) {
            append(spool, "before", "garbled.", "behind");
        }
        overwrite(Segment.START + 8 + 8 + 8, 0x2020202020202020L);
        try (Spool spool = open(10)) {
            assertThat(drain(spool)).containsExactly("before", "behind");
            assertThat(spool.damaged()).isEqualTo(1);
        }
    }

    @Test
    void survivesALengthThatPointsOutOfTheSegment() throws IOException {
        try (Spool spool = open(10)) {
            append(spool, "before", "garbled");
        }
        overwrite(Segment.START + 8 + 8, 2L << 62 | ((1L << 30) - 5) << 32);
        try (Spool spool = open(10)) {
            append(spool, "later");

            assertThat(drain(spool)).containsExactly("before", "later");
            assertThat(spool.damaged()).isEqualTo(1);
        }
    }

    @Test
    void dropsASegmentThatWasNotFinishedBeingMade() throws IOException {
        Path half = directory.resolve(Segment.name(7) + ".tmp");
        Files.write(half, new byte[100]);
        try (Spool spool = open(10)) {
            append(spool, "one");

            assertThat(drain(spool)).containsExactly("one");
            assertThat(half).doesNotExist();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 8})
    void losesNothingAndDoublesNothingAmongThreads(int threads) throws InterruptedException {
        try (Spool spool = open(1000)) {
            var started = new CountDownLatch(threads);
            List<Thread> writers = IntStream.range(0, threads)
                    .mapToObj(writer -> Thread.ofPlatform().start(() -> {
                        started.countDown();
                        for (int i = 0; i < 5_000; i++) {
                            byte[] event = (writer + ":" + i + " " + "y".repeat(i % 300)).getBytes(US_ASCII);
                            while (!spool.append(event)) {
                                Thread.onSpinWait(); // the next segment is being made
                            }
                        }
                    }))
                    .toList();
            List<String> all = new ArrayList<>();
            while (writers.stream().anyMatch(Thread::isAlive)) {
                all.addAll(drain(spool));
            }
            all.addAll(drain(spool));

            assertThat(all).hasSize(threads * 5_000).doesNotHaveDuplicates();
            for (int writer = 0; writer < threads; writer++) {
                String own = writer + ":";
                assertThat(all.stream().filter(text -> text.startsWith(own)))
                        .as("those of one thread, in its order")
                        .isSortedAccordingTo((a, b) -> number(a) - number(b));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void hasEveryEventThatItTookAfterItsProcessWasKilled(int round) throws IOException, InterruptedException {
        Process writer = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx64m",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        SpoolWriter.class.getName(),
                        directory.toString(),
                        "4",
                        round == 1 ? "0" : "5")
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        Set<String> taken = new HashSet<>();
        try (var output = new BufferedReader(new InputStreamReader(writer.getInputStream(), US_ASCII))) {
            while (taken.size() < 10_000 * round) {
                taken.add(output.readLine());
            }
            writer.toHandle().destroyForcibly(); // unlike the process's own, it leaves us what was written
            String line = output.readLine();
            while (line != null) {
                String next = output.readLine();
                if (next != null) { // the last line may be cut short
                    taken.add(line);
                }
                line = next;
            }
        } finally {
            writer.destroyForcibly().waitFor();
        }

        try (Spool spool =
                Spool.open(new Spool.Settings(new SpoolDirectory(directory, false), 1 << 20, 1 << 28, Duration.ZERO))) {
            List<String> found = drain(spool).stream()
                    .map(text -> text.substring(0, text.indexOf(' ')))
                    .toList();

            assertThat(found).doesNotHaveDuplicates();
            taken.removeAll(Set.copyOf(found));
            assertThat(taken).as("taken and lost").isEmpty();
            assertThat(spool.damaged()).isZero();
        }
    }

    private Spool open(int segments) {
        return Spool.open(new Spool.Settings(
                new SpoolDirectory(directory, false), SEGMENT, segments * SEGMENT, Duration.ofMillis(2)));
    }

    private static void append(Spool spool, String... texts) {
        for (String text : texts) {
            assertThat(spool.append(text.getBytes(US_ASCII))).as(text).isTrue();
        }
    }

    private static boolean appendSome(Spool spool, int number) {
        return IntStream.range(0, 100)
                .allMatch(i -> spool.append((number + ":" + i + "z".repeat(500)).getBytes(US_ASCII)));
    }

    /** Until no more is taken for good: a segment may still be in the making. */
    private List<String> fill(Spool spool) {
        List<String> taken = new ArrayList<>();
        Awaited.until("it is full", () -> {
            String text = taken.size() + " " + "f".repeat(900);
            while (spool.append(text.getBytes(US_ASCII))) {
                taken.add(text);
                text = taken.size() + " " + "f".repeat(900);
            }
            return spool.backlog() > 3 * SEGMENT && segmentsOnDisk() == 4;
        });
        return taken;
    }

    private static List<String> drain(Spool spool) {
        List<String> all = new ArrayList<>();
        while (true) {
            Spool.Batch batch = spool.peek(100, 1 << 20);
            spool.acknowledge(batch.end());
            if (batch.events().isEmpty()) {
                return all;
            }
            all.addAll(texts(batch));
        }
    }

    private static List<String> texts(Spool.Batch batch) {
        return batch.events().stream().map(event -> new String(event, US_ASCII)).toList();
    }

    private static int number(String text) {
        return Integer.parseInt(text.substring(text.indexOf(':') + 1, text.indexOf(' ')));
    }

    private long segmentsOnDisk() {
        return onDisk() / SEGMENT;
    }

    private long onDisk() {
        try (var files = Files.list(directory)) {
            return files.filter(file -> file.toString().endsWith(".spool"))
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** @return what stood there */
    private long overwrite(long at, long word) throws IOException {
        try (var file = FileChannel.open(
                directory.resolve(Segment.name(1)), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer buffer = ByteBuffer.allocate(8).order(ByteOrder.nativeOrder());
            file.read(buffer, at);
            long before = buffer.getLong(0);
            file.write(buffer.putLong(0, word).rewind(), at);
            return before;
        }
    }
}
