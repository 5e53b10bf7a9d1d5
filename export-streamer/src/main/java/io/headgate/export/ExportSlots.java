package io.headgate.export;

import io.headgate.api.Problem;
import io.headgate.api.ProblemType;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;

/** How many exports read at once in this process, of all tenants and of each: an export holds a connection for long. */
final class ExportSlots {

    private final int most;
    private final int mostOfTenant;
    private final Duration retryAfter;
    private final Map<String, Integer> byTenant = new HashMap<>();
    private int running;

    ExportSlots(int most, int mostOfTenant, Duration retryAfter) {
        this.most = most;
        this.mostOfTenant = mostOfTenant;
        this.retryAfter = retryAfter;
    }

    /** Given back once, by whoever comes first. */
    final class Slot {

        private final String tenant;
        private final AtomicBoolean isHeld = new AtomicBoolean(true);

        private Slot(String tenant) {
            this.tenant = tenant;
        }

        void release() {
            if (isHeld.compareAndSet(true, false)) {
                ExportSlots.this.release(tenant);
            }
        }
    }

    /** Refuses with {@code export-limit}. */
    synchronized Slot take(String tenant) {
        int ofTenant = byTenant.getOrDefault(tenant, 0);
        if (ofTenant >= mostOfTenant) {
            throw refusal(ofTenant + " exports of the tenant are running (expected: at most " + mostOfTenant + ").");
        }
        if (running >= most) {
            throw refusal(running + " exports are running (expected: at most " + most + ").");
        }
        byTenant.put(tenant, ofTenant + 1);
        running++;
        return new Slot(tenant);
    }

    synchronized int running() {
        return running;
    }

    private synchronized void release(String tenant) {
        running--;
        byTenant.computeIfPresent(tenant, (_, held) -> held == 1 ? null : held - 1);
    }

    private RuntimeException refusal(String detail) {
        return Problem.tryLater(ProblemType.EXPORT_LIMIT, detail, retryAfter).asException();
    }
}
