package io.headgate.authz;

import io.headgate.api.Caller;
import java.util.Optional;
import org.springframework.http.HttpHeaders;
import reactor.core.publisher.Mono;

/** Proves who sent these headers, for the edge and for whatever else takes tokens. */
public interface Authenticator {

    /** The caller, where it takes no waiting to know: first this, then {@link #authenticate}. */
    Optional<Caller> authenticated(HttpHeaders headers, String audience);

    /**
     * Exactly one caller, or a {@link io.headgate.api.ProblemException}: 401 where the credential is missing or does not
     * hold for the audience, 503 where that cannot be told at the moment. The answer may come on another thread: go back
     * with {@link io.headgate.api.EventLoops} before the exchange is carried on.
     */
    Mono<Caller> authenticate(HttpHeaders headers, String audience);
}
