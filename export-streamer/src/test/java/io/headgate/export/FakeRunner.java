package io.headgate.export;

import io.headgate.reads.ReadOutcome;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import reactor.core.publisher.Flux;

/** Rows that anybody can say beforehand, in buffers of a hundred, with whatever goes wrong on the way. */
class FakeRunner implements ExportRunner {

    static final int ROWS_A_BUFFER = 100;

    private static final ReadOutcome REPLICA = new ReadOutcome(
            ReadOutcome.Kind.REPLICA, "replica-1", ReadOutcome.Level.SESSION, Optional.of(Duration.ofMillis(12)));

    private final int rows;
    private final Duration pause;
    private final IntFunction<@Nullable Throwable> failures;
    private final Map<String, Integer> runs = new ConcurrentHashMap<>();
    final AtomicInteger active = new AtomicInteger();
    final AtomicInteger last = new AtomicInteger();

    /** @param failures what a run, counted from one for each query, breaks with when half of its rows are out */
    FakeRunner(int rows, Duration pause, IntFunction<@Nullable Throwable> failures) {
        this.rows = rows;
        this.pause = pause;
        this.failures = failures;
    }

    static FakeRunner of(int rows) {
        return new FakeRunner(rows, Duration.ZERO, run -> null);
    }

    /** Goes on for as long as a test looks at it. */
    static FakeRunner slow() {
        return new FakeRunner(10_000_000, Duration.ofMillis(5), run -> null);
    }

    static byte[] content(String query, int rows) {
        var text = new StringBuilder();
        for (int row = 0; row < rows; row++) {
            text.append(line(query, row));
        }
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static String line(String query, int row) {
        return query + "," + row + "\r\n";
    }

    @Override
    public Flux<DataBuffer> run(ExportOrder order, ExportTally tally) {
        return Flux.defer(() -> {
            int run = runs.merge(order.query(), 1, Integer::sum);
            Throwable failure = failures.apply(run);
            int buffers = rows / ROWS_A_BUFFER;
            active.incrementAndGet();
            tally.connected();
            tally.began(new ExportTally.Source(Optional.of(REPLICA), "7:9:", "0/ABCDEF", rows));
            Flux<Integer> numbers = Flux.range(0, buffers);
            long[] bytes = {0};
            return (pause.isZero() ? numbers : numbers.delayElements(pause))
                    .map(number -> {
                        if (failure != null && number >= buffers / 2) {
                            throw reactor.core.Exceptions.propagate(failure);
                        }
                        DataBuffer buffer = buffer(order.query(), number);
                        bytes[0] += buffer.readableByteCount();
                        tally.reached((number + 1L) * ROWS_A_BUFFER, bytes[0]);
                        return buffer;
                    })
                    .onErrorMap(reactor.core.Exceptions::unwrap)
                    .doFinally(signal -> active.decrementAndGet());
        });
    }

    @Override
    public Flux<DataBuffer> runLast(ExportOrder order, ExportTally tally) {
        last.incrementAndGet();
        return run(order, tally);
    }

    private static DataBuffer buffer(String query, int number) {
        var text = new StringBuilder();
        for (int row = 0; row < ROWS_A_BUFFER; row++) {
            text.append(line(query, number * ROWS_A_BUFFER + row));
        }
        return DefaultDataBufferFactory.sharedInstance.wrap(text.toString().getBytes(StandardCharsets.UTF_8));
    }

    int runs(String query) {
        return runs.getOrDefault(query, 0);
    }
}
