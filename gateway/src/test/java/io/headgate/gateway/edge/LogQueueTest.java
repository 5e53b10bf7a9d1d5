package io.headgate.gateway.edge;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.AppenderBase;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LogQueueTest {

    private final LoggerContext context = new LoggerContext();
    private final Logger logger = context.getLogger("test");
    private final StallingAppender console = new StallingAppender();
    private final LogQueue queue = new LogQueue(4, List.of(console));

    @BeforeEach
    void start() {
        context.setMDCAdapter(new LogbackMDCAdapter());
        console.setContext(context);
        console.start();
        queue.setContext(context);
        queue.start();
        logger.setLevel(Level.INFO);
        logger.addAppender(queue);
    }

    @AfterEach
    void stop() {
        console.goOn.countDown();
        context.stop();
    }

    @Test
    void dropsAndCountsWhatAStalledConsoleCannotTake() throws InterruptedException {
        logger.info("0");
        console.stalled.await();
        IntStream.rangeClosed(1, 10).forEach(i -> logger.info("{}", i));
        assertThat(queue.dropped()).isEqualTo(6);

        console.goOn.countDown();
        queue.stop();
        assertThat(console.written).containsExactly("0", "1", "2", "3", "4");
    }

    @Test
    void writesWhatIsQueuedBeforeItStopsAndLeavesItsTargetsRunning() {
        console.goOn.countDown();
        logger.info("last words");
        queue.stop();
        assertThat(console.written).containsExactly("last words");
        assertThat(console.isStarted()).isTrue();
    }

    private static final class StallingAppender extends AppenderBase<ILoggingEvent> {
        private final List<String> written = new CopyOnWriteArrayList<>();
        private final CountDownLatch stalled = new CountDownLatch(1);
        private final CountDownLatch goOn = new CountDownLatch(1);

        @Override
        protected void append(ILoggingEvent event) {
            stalled.countDown();
            try {
                goOn.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            written.add(event.getFormattedMessage());
        }
    }
}
