package io.headgate.gateway.upstream;

import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Watches over the times of one call with a single timer on the connection's own event loop. When a time has run out
 * the connection is closed, and whoever reads from it asks here why. Waiting for a connection is bounded by the pool.
 */
final class CallClock implements Runnable {

    private enum Phase {
        UPLOADING,
        AWAITING_ANSWER,
        ANSWERING
    }

    private final UpstreamSpec.Timeouts timeouts;
    private final long startNanos = System.nanoTime();

    private volatile @Nullable Channel channel;
    private volatile @Nullable Future<?> timer;
    private volatile Phase phase = Phase.UPLOADING;
    private volatile long movedNanos = startNanos;
    private volatile long firesNanos;
    private volatile boolean stopped;
    private volatile Failure.@Nullable Limit ranOut;

    CallClock(UpstreamSpec.Timeouts timeouts) {
        this.timeouts = timeouts;
    }

    /** Watches this connection from now on. */
    void start(Channel channel) {
        this.channel = channel;
        stopped = false;
        movedNanos = System.nanoTime();
    }

    void upload() {
        enter(Phase.UPLOADING);
    }

    void awaitAnswer() {
        if (phase != Phase.ANSWERING) { // a backend may answer before it has read everything
            enter(Phase.AWAITING_ANSWER);
        }
    }

    void answer() {
        enter(Phase.ANSWERING);
    }

    /** Bytes of a body have passed. */
    void moved() {
        movedNanos = System.nanoTime();
    }

    void stop() {
        stopped = true;
        phase = Phase.UPLOADING;
        cancelTimer();
    }

    /** Which time ran out, where one did. */
    Failure.@Nullable Limit ranOut() {
        return ranOut;
    }

    private void enter(Phase next) {
        phase = next;
        long now = System.nanoTime();
        movedNanos = now;
        // a timer that fires too early sets itself anew: only one that would fire too late is replaced
        long due = due();
        if (timer == null || due - firesNanos < 0) {
            cancelTimer();
            schedule(due - now);
        }
    }

    private void schedule(long delayNanos) {
        Channel watched = channel;
        if (watched == null || stopped) {
            return;
        }
        firesNanos = System.nanoTime() + delayNanos;
        timer = watched.eventLoop().schedule(this, delayNanos, TimeUnit.NANOSECONDS);
        if (stopped) {
            cancelTimer();
        }
    }

    private void cancelTimer() {
        Future<?> scheduled = timer;
        if (scheduled != null) {
            timer = null;
            scheduled.cancel(false);
        }
    }

    @Override
    public void run() {
        Channel watched = channel;
        if (stopped || watched == null) {
            return;
        }
        long left = due() - System.nanoTime();
        if (left > 0) {
            schedule(left);
            return;
        }
        ranOut = limit();
        watched.close();
    }

    private long due() {
        long due = movedNanos + phaseLimit().toNanos();
        Duration total = timeouts.total().orElse(null);
        return total == null || due - (startNanos + total.toNanos()) < 0 ? due : startNanos + total.toNanos();
    }

    private Duration phaseLimit() {
        return phase == Phase.AWAITING_ANSWER ? timeouts.response() : timeouts.idle();
    }

    private Failure.Limit limit() {
        Duration total = timeouts.total().orElse(null);
        if (total != null && System.nanoTime() - (startNanos + total.toNanos()) >= 0) {
            return Failure.Limit.TOTAL;
        }
        return switch (phase) {
            case UPLOADING -> Failure.Limit.UPLOAD_IDLE;
            case AWAITING_ANSWER -> Failure.Limit.RESPONSE;
            case ANSWERING -> Failure.Limit.IDLE;
        };
    }
}
