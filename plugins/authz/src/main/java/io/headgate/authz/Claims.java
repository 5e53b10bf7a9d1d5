package io.headgate.authz;

import com.nimbusds.jwt.JWTClaimsSet;
import io.headgate.api.ResourceId;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What the words about a caller may look like, in a token as in an API key's spec: they go into logs and headers. */
final class Claims {

    private static final int MAX_SUBJECT_LENGTH = 255;
    private static final int MAX_WORD_LENGTH = 128;

    private Claims() {}

    static String tenant(String text) {
        if (!ResourceId.isSlug(text)) {
            throw new IllegalArgumentException(
                    "'" + text + "' (expected: 1-63 of a-z, 0-9 and '-', beginning with a letter or digit)");
        }
        return text;
    }

    static String subject(String text) {
        if (text.isBlank() || text.length() > MAX_SUBJECT_LENGTH || text.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException("subject (expected: 1-" + MAX_SUBJECT_LENGTH + " printable characters)");
        }
        return text;
    }

    /** A role, a scope, a team or a plan. */
    static String word(String text) {
        if (text.isEmpty()
                || text.length() > MAX_WORD_LENGTH
                || text.chars().anyMatch(c -> Character.isISOControl(c) || Character.isWhitespace(c))) {
            throw new IllegalArgumentException(
                    "'" + text + "' (expected: 1-" + MAX_WORD_LENGTH + " characters without spaces)");
        }
        return text;
    }

    static String text(JWTClaimsSet claims, String name) {
        return optionalText(claims, name)
                .orElseThrow(() -> new IllegalArgumentException(name + " is missing (expected: a string)"));
    }

    static Optional<String> optionalText(JWTClaimsSet claims, String name) {
        return switch (claims.getClaim(name)) {
            case null -> Optional.empty();
            case String text -> Optional.of(text);
            case Object other -> throw new IllegalArgumentException(name + ": " + other + " (expected: a string)");
        };
    }

    /** Words as a list, or in one string with spaces between them, as RFC 8693 writes scopes. */
    static Set<String> words(JWTClaimsSet claims, String name) {
        List<?> listed = switch (claims.getClaim(name)) {
            case null -> List.of();
            case String text -> text.isEmpty() ? List.of() : List.of(text.split(" ", -1));
            case List<?> list -> list;
            case Object other -> List.of(other);
        };
        Set<String> words = new HashSet<>();
        for (Object word : listed) {
            if (!(word instanceof String text)) {
                throw new IllegalArgumentException(name + ": " + word + " (expected: strings)");
            }
            words.add(word(text));
        }
        return words;
    }

    static Set<String> scopes(JWTClaimsSet claims) {
        return words(claims, claims.getClaim("scope") == null ? "scopes" : "scope");
    }
}
