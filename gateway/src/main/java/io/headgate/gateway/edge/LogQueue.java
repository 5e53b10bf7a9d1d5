package io.headgate.gateway.edge;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * Stands between the event loops and the appenders, which write to a console or a disk that may stall: what does not
 * fit is dropped and counted. Logback's own asynchronous appender does not tell how much it drops, and stops its
 * targets when it stops.
 */
final class LogQueue extends UnsynchronizedAppenderBase<ILoggingEvent> {

    private static final long FLUSH_MILLIS = 1_000;
    private static final long POLL_MILLIS = 100;

    private final BlockingQueue<ILoggingEvent> queue;
    private final List<Appender<ILoggingEvent>> targets;
    private final LongAdder dropped = new LongAdder();
    private final Thread writer =
            Thread.ofPlatform().name("headgate-log").daemon().unstarted(this::write);

    LogQueue(int capacity, List<Appender<ILoggingEvent>> targets) {
        this.queue = new ArrayBlockingQueue<>(capacity);
        this.targets = List.copyOf(targets);
    }

    @Override
    public void start() {
        super.start();
        writer.start();
    }

    /** Writes what is queued; targets go on. */
    @Override
    public void stop() {
        super.stop();
        try {
            writer.join(FLUSH_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    long dropped() {
        return dropped.sum();
    }

    @Override
    protected void append(ILoggingEvent event) {
        event.prepareForDeferredProcessing();
        if (!queue.offer(event)) {
            dropped.increment();
        }
    }

    private void write() {
        while (isStarted() || !queue.isEmpty()) {
            try {
                ILoggingEvent event = queue.poll(POLL_MILLIS, TimeUnit.MILLISECONDS);
                if (event != null) {
                    targets.forEach(target -> target.doAppend(event));
                }
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                addError("a log line could not be written", e);
            }
        }
    }
}
