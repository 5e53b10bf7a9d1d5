package io.headgate.reads;

import io.headgate.api.ProblemException;
import java.util.Optional;
import org.springframework.http.HttpStatusCode;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** How the steps below ended: with the head of an answer, or with a failure; nothing of either has left yet. */
sealed interface Answer {

    record Came(int status) implements Answer {}

    record Failed(Throwable error) implements Answer {}

    static Mono<Answer> of(Mono<Void> below, ServerWebExchange exchange) {
        return below.then(Mono.<Answer>fromSupplier(() -> new Came(statusOf(exchange))))
                .onErrorResume(error -> Mono.just(new Failed(error)));
    }

    private static int statusOf(ServerWebExchange exchange) {
        return Optional.ofNullable(exchange.getResponse().getStatusCode())
                .map(HttpStatusCode::value)
                .orElse(200);
    }

    /** Whether another instance may do better with the same read. */
    default boolean isBroken() {
        return switch (this) {
            case Came(int status) -> status >= 500 && status != 501;
            case Failed(Throwable error) ->
                error instanceof ProblemException refused
                        && refused.problem().type().status() >= 500;
        };
    }
}
