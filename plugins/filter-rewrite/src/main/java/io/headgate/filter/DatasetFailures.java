package io.headgate.filter;

import io.headgate.api.Problem;
import io.headgate.api.ProblemException;
import io.headgate.api.ProblemType;
import io.headgate.api.ResourceId;
import io.r2dbc.spi.R2dbcException;
import io.r2dbc.spi.R2dbcTimeoutException;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a client is told where a database does not answer, or refuses. */
public final class DatasetFailures {

    private static final Logger LOG = LoggerFactory.getLogger(DatasetFailures.class);

    private static final Duration SOON = Duration.ofSeconds(1);
    /** {@code query_canceled}: what {@code statement_timeout} ends with. */
    private static final String CANCELLED = "57014";
    /** Names, types and rights: the database is not what the dataset says, and waiting does not help. */
    private static final String MISFIT = "42";

    private DatasetFailures() {}

    public static ProblemException problem(R2dbcException failure, ResourceId dataset) {
        String state = Optional.ofNullable(failure.getSqlState()).orElse("");
        if (state.startsWith(MISFIT)) {
            LOG.warn("the database does not fit the dataset: dataset={} sqlState={}", dataset, state);
        } else {
            LOG.debug("the database failed: dataset={} sqlState={}", dataset, state, failure);
        }
        return (failure instanceof R2dbcTimeoutException || state.equals(CANCELLED) ? tooSlow() : unavailable())
                .asException();
    }

    private static Problem tooSlow() {
        return Problem.of(
                ProblemType.GATEWAY_TIMEOUT, "The database did not find the rows in the time that a query may take.");
    }

    public static Problem busy(Duration retryAfter) {
        return Problem.tryLater(
                ProblemType.DATASET_UNAVAILABLE, "As many reads as may be are under way or waiting.", retryAfter);
    }

    public static Problem unavailable() {
        return Problem.tryLater(ProblemType.DATASET_UNAVAILABLE, "The dataset cannot be read at the moment.", SOON);
    }
}
