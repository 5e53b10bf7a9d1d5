package io.headgate.gateway.admin;

import io.headgate.api.AdminRole;
import io.headgate.api.Caller;
import io.headgate.api.Problem;
import io.headgate.authz.Authenticator;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.springframework.http.HttpHeaders;
import reactor.core.publisher.Mono;

/** Believes what a token says: {@code audience:subject:role,role:team,team}; an API key is for no audience. */
final class FakeAuthenticator implements Authenticator {

    static String token(String subject, String roles, String teams) {
        return "Bearer " + AdminRole.AUDIENCE + ":" + subject + ":" + roles + ":" + teams;
    }

    static String tokenFor(String audience) {
        return "Bearer " + audience + ":ana:platform-admin:";
    }

    @Override
    public Optional<Caller> authenticated(HttpHeaders headers, String audience) {
        return Optional.empty();
    }

    @Override
    public Mono<Caller> authenticate(HttpHeaders headers, String audience) {
        if (headers.containsHeader("X-Api-Key")) {
            return Mono.just(caller(new String[] {"", "ana", "platform-admin", ""}));
        }
        String credential = headers.getFirst(HttpHeaders.AUTHORIZATION);
        if (credential == null) {
            return Mono.error(new Problem.Unauthenticated("").asException());
        }
        String[] parts = credential.replace("Bearer ", "").split(":", -1);
        return parts.length == 4 && parts[0].equals(audience)
                ? Mono.just(caller(parts))
                : Mono.error(new Problem.Unauthenticated("invalid_token").asException());
    }

    private static Caller caller(String[] parts) {
        return new Caller(
                "acme",
                parts[1],
                words(parts[2]),
                Optional.empty(),
                Set.of(),
                words(parts[3]),
                Set.of(parts[0]),
                "token-1",
                Instant.MAX);
    }

    private static Set<String> words(String text) {
        return Arrays.stream(text.split(",", -1))
                .filter(word -> !word.isEmpty())
                .collect(Collectors.toSet());
    }
}
