package io.headgate.gateway.admin;

import io.headgate.api.Problem;
import io.headgate.api.ProblemException;
import io.headgate.api.ProblemType;
import io.headgate.gateway.registry.Precondition;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.springframework.http.HttpHeaders;

/** Between the registry's versions and the headers that carry them. */
final class Preconditions {

    private static final Pattern ENTITY_TAG = Pattern.compile("(W/)?\"([\\x21\\x23-\\x7E]{0,64})\"");
    private static final Pattern VERSION = Pattern.compile("[1-9][0-9]{0,17}");

    private Preconditions() {}

    static String entityTag(long version) {
        return "\"" + version + "\"";
    }

    static Precondition of(HttpHeaders headers) {
        List<String> match = headers.getOrEmpty(HttpHeaders.IF_MATCH);
        List<String> noneMatch = headers.getOrEmpty(HttpHeaders.IF_NONE_MATCH);
        if (match.size() + noneMatch.size() > 1) {
            throw Refusals.malformed("If-Match and If-None-Match (expected: one of them, once)");
        }
        if (!match.isEmpty()) {
            return match.getFirst().equals("*") ? Precondition.EXISTS : version(match.getFirst());
        }
        return noneMatch.isEmpty() ? Precondition.NONE : absent(noneMatch.getFirst());
    }

    /** Whether a reader has this version already. */
    static boolean isKnown(HttpHeaders headers, long version) {
        return headers.getOrEmpty(HttpHeaders.IF_NONE_MATCH).stream()
                .flatMap(value -> List.of(value.split(",", -1)).stream())
                .map(String::strip)
                .anyMatch(tag -> tag.equals("*") || tag.equals(entityTag(version)));
    }

    private static Precondition version(String value) {
        Matcher tag = ENTITY_TAG.matcher(value);
        if (!tag.matches()) {
            throw Refusals.malformed(
                    "If-Match: " + Refusals.excerpt(value) + " (expected: one ETag as it was read, as in \"3\", or *)");
        }
        if (tag.group(1) != null || !VERSION.matcher(tag.group(2)).matches()) {
            throw neverMatches(value); // well formed, and not one of ours: no resource has it
        }
        return new Precondition.VersionIs(Long.parseLong(tag.group(2)));
    }

    private static Precondition absent(String value) {
        if (!value.equals("*")) {
            throw Refusals.malformed("If-None-Match: " + Refusals.excerpt(value)
                    + " (expected: * on a write, to create and never update)");
        }
        return Precondition.ABSENT;
    }

    private static ProblemException neverMatches(String value) {
        return Problem.of(
                        ProblemType.STALE_VERSION,
                        "If-Match: " + Refusals.excerpt(value) + " is the ETag of no version of this resource.")
                .asException();
    }
}
