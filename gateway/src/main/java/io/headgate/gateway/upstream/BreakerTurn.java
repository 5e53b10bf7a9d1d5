package io.headgate.gateway.upstream;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/** Attempts as the circuit breaker sees them: it lets one through, and hears once how that went. */
final class BreakerTurn {

    private final Backend backend;
    private final RouteTargets targets;
    private final AtomicBoolean waits = new AtomicBoolean();
    private long since;

    BreakerTurn(Backend backend, RouteTargets targets) {
        this.backend = backend;
        this.targets = targets;
    }

    /** @return false where the backend is not to be called now */
    boolean begin(long now) {
        if (!backend.breaker().tryAcquirePermission()) {
            targets.answered(backend, true);
            return false;
        }
        since = now;
        waits.set(true);
        return true;
    }

    void answered(int status, long now) {
        if (waits.compareAndSet(true, false)) {
            targets.answered(backend, status >= 500);
            if (status >= 500) {
                backend.breaker().onError(now - since, TimeUnit.NANOSECONDS, FailedAttempt.SERVER_ERROR);
            } else {
                backend.breaker().onSuccess(now - since, TimeUnit.NANOSECONDS);
            }
        }
    }

    void failed(Failure failure, Throwable error) {
        if (!failure.countsAgainstBackend()) {
            release();
        } else if (waits.compareAndSet(true, false)) {
            targets.answered(backend, true);
            backend.breaker().onError(System.nanoTime() - since, TimeUnit.NANOSECONDS, error);
        }
    }

    /** What ended says nothing about the backend. */
    void release() {
        if (waits.compareAndSet(true, false)) {
            backend.breaker().releasePermission();
        }
    }
}
