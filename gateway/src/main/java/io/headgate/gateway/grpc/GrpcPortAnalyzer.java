package io.headgate.gateway.grpc;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Has a start that finds its port taken end with one sentence, as the other ports do. */
final class GrpcPortAnalyzer extends AbstractFailureAnalyzer<IOException> {

    private static final String FAILED = "Failed to bind to address ";

    @Override
    protected @Nullable FailureAnalysis analyze(Throwable failure, IOException cause) {
        String message = String.valueOf(cause.getMessage());
        return message.startsWith(FAILED)
                ? new FailureAnalysis(
                        "spring.grpc.server.port: nothing can listen at " + message.substring(FAILED.length())
                                + " (expected: a free port and an address of this machine)",
                        null,
                        cause)
                : null;
    }
}
