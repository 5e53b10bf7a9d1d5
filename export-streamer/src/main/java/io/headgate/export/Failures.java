package io.headgate.export;

import io.headgate.api.ProblemException;
import io.headgate.api.ProblemType;
import io.headgate.reads.ReadsBusyException;
import io.r2dbc.spi.R2dbcException;
import io.r2dbc.spi.R2dbcTransientException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeoutException;

/** What an attempt's failure means for its job. */
record Failures(String reason, boolean mayPass) {

    private static final Set<String> SHUTDOWNS = Set.of("57P01", "57P02", "57P03");
    private static final int SERVER_ERROR = 500;

    /** As many exports read as may, or as many reads are on the primary: that says nothing of this one. */
    static boolean isNoRoom(Throwable error) {
        return error instanceof ReadsBusyException
                || error instanceof ProblemException refused
                        && refused.problem().type() == ProblemType.EXPORT_LIMIT;
    }

    /** The database does not answer. That says as little, unless it was the export that made it so. */
    static boolean isAway(Throwable error) {
        return error instanceof R2dbcException database && ofDatabase(database).mayPass();
    }

    static Failures of(Throwable error) {
        if (isNoRoom(error)) {
            return new Failures("no-room", true);
        }
        return switch (error) {
            case R2dbcException database -> ofDatabase(database);
            case ProblemException refused ->
                new Failures(
                        refused.problem().type().slug(),
                        refused.problem().type().status() >= SERVER_ERROR);
            case TimeoutException slow -> new Failures("too-slow", false);
            case IOException storage -> new Failures("input-output", true);
            case UncheckedIOException storage -> new Failures("input-output", true);
            default -> new Failures("internal", false);
        };
    }

    /** A recovery conflict shows as a failed serialization or as a lost connection; from elsewhere the rows may come. */
    private static Failures ofDatabase(R2dbcException error) {
        String state = Optional.ofNullable(error.getSqlState()).orElse("");
        if (state.equals("40001")) {
            return new Failures("recovery-conflict", true);
        }
        if (SHUTDOWNS.contains(state)) {
            return new Failures("database-stopped", true);
        }
        if (state.startsWith("08") || state.isEmpty() && error instanceof R2dbcTransientException) {
            return new Failures("connection-lost", true);
        }
        return new Failures("database-" + (state.isEmpty() ? "error" : state), false);
    }
}
