package io.headgate.gateway.edge;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * Puts a {@link LogQueue} in front of all appenders while the gateway serves. What is logged before, and after, is
 * written directly: nobody waits for it then, and it is what explains a failed start.
 */
final class LogQueueing implements SmartLifecycle {

    private final int capacity;
    private @Nullable LogQueue queue;
    private List<Appender<ILoggingEvent>> targets = List.of();

    LogQueueing(int capacity, MeterRegistry registry) {
        this.capacity = capacity;
        FunctionCounter.builder("headgate.logs.dropped", this, LogQueueing::dropped)
                .description("log lines that were dropped because writing them would have blocked")
                .register(registry);
    }

    @Override
    public synchronized void start() {
        if (queue != null || !(LoggerFactory.getILoggerFactory() instanceof LoggerContext context)) {
            return;
        }
        Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        targets = new ArrayList<>();
        root.iteratorForAppenders().forEachRemaining(targets::add);
        var added = new LogQueue(capacity, targets);
        added.setContext(context);
        added.setName("headgate-log-queue");
        added.start();
        root.addAppender(added);
        targets.forEach(root::detachAppender);
        queue = added;
    }

    @Override
    public synchronized void stop() {
        if (queue == null) {
            return;
        }
        Logger root = ((LoggerContext) LoggerFactory.getILoggerFactory()).getLogger(Logger.ROOT_LOGGER_NAME);
        targets.forEach(root::addAppender);
        root.detachAppender(queue);
        queue.stop();
        queue = null;
    }

    @Override
    public synchronized boolean isRunning() {
        return queue != null;
    }

    /** First to start and last to stop. */
    @Override
    public int getPhase() {
        return Integer.MIN_VALUE;
    }

    private synchronized double dropped() {
        return queue == null ? 0 : queue.dropped();
    }
}
