package io.headgate.authz;

import io.headgate.api.AdminRole;
import io.headgate.api.Caller;
import io.headgate.api.Problem;
import io.headgate.api.ProblemType;
import io.headgate.api.TraceId;
import java.util.Set;
import org.springframework.http.HttpHeaders;
import reactor.core.publisher.Mono;

/** Lets in who may ask for decisions: a token for the admin plane, with the role service or platform-admin. */
public final class Askers {

    private static final Set<String> ROLES = Set.of(AdminRole.SERVICE.word(), AdminRole.PLATFORM_ADMIN.word());
    private static final Problem NOT_FOR_THIS =
            Problem.of(ProblemType.FORBIDDEN, "To ask for decisions takes the role service or platform-admin.");

    private final Authenticator authenticator;
    private final String audience;

    Askers(Authenticator authenticator, String audience) {
        this.authenticator = authenticator;
        this.audience = audience;
    }

    /** Exactly one asker, or a {@link io.headgate.api.ProblemException}; it may come on another thread. */
    public Mono<Asker> admit(HttpHeaders headers, String via, String requestId) {
        return Mono.defer(() -> authenticator
                        .authenticated(headers, audience)
                        .map(Mono::just)
                        .orElseGet(() -> authenticator.authenticate(headers, audience)))
                .map(caller -> asker(caller, headers, via, requestId));
    }

    private Asker asker(Caller caller, HttpHeaders headers, String via, String requestId) {
        if (!caller.audiences().contains(audience)) {
            throw new Problem.Unauthenticated("invalid_token").asException(); // an API key is for the edge
        }
        if (caller.roles().stream().noneMatch(ROLES::contains)) {
            throw NOT_FOR_THIS.asException();
        }
        return new Asker(caller, via, requestId, TraceId.of(headers).map(TraceId::value));
    }
}
