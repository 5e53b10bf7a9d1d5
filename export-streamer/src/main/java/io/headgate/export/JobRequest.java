package io.headgate.export;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * A job to be.
 *
 * @param estimate of its rows, where one is known
 * @param idempotencyKey under which the same request is one job, however often it comes
 * @param bodyHash of the request, so that a key is not used for another
 */
record JobRequest(
        ExportOrder order,
        OptionalLong estimate,
        int priority,
        Optional<String> notifyUrl,
        Optional<String> idempotencyKey,
        String bodyHash,
        Job.Trace trace) {

    static final int MIN_PRIORITY = 0;
    static final int MAX_PRIORITY = 9;
    static final int PRIORITY = 5;

    JobRequest {
        if (priority < MIN_PRIORITY || priority > MAX_PRIORITY) {
            throw new IllegalArgumentException(
                    "priority: " + priority + " (expected: " + MIN_PRIORITY + ".." + MAX_PRIORITY + ")");
        }
    }
}
