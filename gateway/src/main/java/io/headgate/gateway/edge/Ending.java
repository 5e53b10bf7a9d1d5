package io.headgate.gateway.edge;

import io.headgate.api.ProblemType;
import java.util.Optional;
import org.springframework.http.HttpStatusCode;
import org.springframework.web.server.ServerWebExchange;

/** How a request ended, in the few words that metrics, spans and logs share. */
enum Ending {
    INFORMATIONAL("1xx"),
    SUCCESS("2xx"),
    REDIRECTION("3xx"),
    CLIENT_ERROR("4xx"),
    SERVER_ERROR("5xx"),
    /** The status had left, and then the answer broke off. */
    BROKEN("broken"),
    /** The client did not wait for the end. */
    CANCELLED("cancelled");

    private final String word;

    Ending(String word) {
        this.word = word;
    }

    String word() {
        return word;
    }

    static Ending of(EdgeRecord record, int status) {
        return switch (record.outcome()) {
            case CANCELLED -> CANCELLED;
            case FAILED -> BROKEN;
            case COMPLETED -> ofStatus(status);
        };
    }

    /** The status of a refusal, which a gRPC client reads from a trailer, else the status that was answered. */
    static int statusOf(ServerWebExchange exchange, EdgeRecord record) {
        Optional<ProblemType> refusal = record.refusal();
        if (refusal.isPresent()) {
            return refusal.get().status();
        }
        HttpStatusCode status = exchange.getResponse().getStatusCode();
        return status == null ? 200 : status.value();
    }

    /** Whether the gateway or a backend failed the client: a refusal did not. */
    boolean isFailure() {
        return this == SERVER_ERROR || this == BROKEN;
    }

    private static Ending ofStatus(int status) {
        return switch (status / 100) {
            case 1 -> INFORMATIONAL;
            case 2 -> SUCCESS;
            case 3 -> REDIRECTION;
            case 4 -> CLIENT_ERROR;
            default -> SERVER_ERROR;
        };
    }
}
