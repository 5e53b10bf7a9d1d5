package io.headgate.authz;

import java.util.List;
import org.springframework.http.HttpHeaders;

/** What a request shows to prove who it is from. Two at once are none: a backend could believe the other one. */
sealed interface Credential {

    String API_KEY_HEADER = "X-Api-Key";

    record Bearer(String token) implements Credential {}

    record ApiKey(String secret) implements Credential {}

    record Missing() implements Credential {}

    /** There is one, and it is not even worth a look. */
    record Unusable() implements Credential {}

    Credential MISSING = new Missing();
    Credential UNUSABLE = new Unusable();
    String SCHEME = "Bearer ";

    static Credential of(HttpHeaders headers, int maxLength) {
        List<String> authorization = headers.getOrEmpty(HttpHeaders.AUTHORIZATION);
        List<String> apiKey = headers.getOrEmpty(API_KEY_HEADER);
        return switch (authorization.size() + apiKey.size()) {
            case 0 -> MISSING;
            case 1 -> authorization.isEmpty() ? apiKey(apiKey.getFirst()) : bearer(authorization.getFirst(), maxLength);
            default -> UNUSABLE;
        };
    }

    private static Credential bearer(String value, int maxLength) {
        if (!value.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            return MISSING; // another scheme: not a token that failed, but none
        }
        int length = value.length() - SCHEME.length();
        return length <= maxLength && looksSigned(value) ? new Bearer(value.substring(SCHEME.length())) : UNUSABLE;
    }

    /** Two dots with something around each; everything else is not worth a place in the verifiers' queue. */
    private static boolean looksSigned(String value) {
        int first = value.indexOf('.', SCHEME.length());
        int second = value.indexOf('.', first + 1);
        return first > SCHEME.length()
                && second > first + 1
                && second < value.length() - 1
                && value.indexOf('.', second + 1) < 0;
    }

    private static Credential apiKey(String value) {
        return ApiKeySecret.hasForm(value) ? new ApiKey(value) : UNUSABLE;
    }
}
