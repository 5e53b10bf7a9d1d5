package io.headgate.export;

import io.headgate.api.ProblemException;
import io.headgate.api.ResourceId;
import io.headgate.filter.DatasetFailures;
import io.headgate.reads.ReadsBusyException;
import io.r2dbc.spi.R2dbcException;
import java.util.Optional;

/** What went wrong with an export, as a client is told and as the audit is. */
final class ExportFailures {

    /** The client went away, or whoever gave the order took it back. */
    static final String CANCELLED = "cancelled";

    private ExportFailures() {}

    /** For an answer that has not begun; what is no failure of the database stays what it is. */
    static Throwable told(Throwable failure, ResourceId dataset) {
        return switch (failure) {
            case ReadsBusyException busy ->
                DatasetFailures.busy(busy.retryAfter()).asException();
            case R2dbcException database -> DatasetFailures.problem(database, dataset);
            default -> failure;
        };
    }

    /** A few words, so that they can be counted; of a database's failure the class of its state. */
    static String reason(Throwable failure) {
        return switch (failure) {
            case ProblemException refused -> refused.problem().type().slug();
            case R2dbcException database ->
                "database-" + Optional.ofNullable(database.getSqlState()).orElse("unknown");
            default -> "internal";
        };
    }
}
