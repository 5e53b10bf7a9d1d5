package io.headgate.api;

import io.headgate.api.Decision.Granted;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** Asks the policies where the question is known only once a request has been read: which dataset is meant, for instance. */
public interface Authorizer {

    /**
     * Completes with the permit, once the audit has it. The policies of the team that owns the resource decide on
     * {@code type::"<the caller's tenant>/<team>/<name>"}.
     *
     * <p>Errs with the problem to answer: {@code forbidden}, or {@code authorization-unavailable} where nothing can be
     * decided.
     */
    Mono<Granted> require(ServerWebExchange exchange, String action, String type, ResourceId resource);
}
