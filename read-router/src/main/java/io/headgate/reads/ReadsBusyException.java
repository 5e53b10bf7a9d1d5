package io.headgate.reads;

import io.r2dbc.spi.R2dbcTransientResourceException;
import java.time.Duration;

/** No replica had what the read needs, and the primary has as many reads as it may have. */
public final class ReadsBusyException extends R2dbcTransientResourceException {

    private static final long serialVersionUID = 1L;

    private final Duration retryAfter;

    ReadsBusyException(String cluster, Duration retryAfter) {
        super(cluster + ": no replica is caught up, and the primary takes no more reads");
        this.retryAfter = retryAfter;
    }

    public Duration retryAfter() {
        return retryAfter;
    }
}
