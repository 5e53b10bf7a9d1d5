package io.headgate.export;

import io.headgate.api.Problem;
import io.headgate.api.ProblemException;
import io.headgate.api.SpecProblem;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.util.MultiValueMap;
import tools.jackson.databind.node.ObjectNode;

/**
 * Which jobs of a list are asked for, the newest first. A cursor is no more than the last job's id: it opens nothing,
 * since each page is looked up for the caller anew.
 */
record JobPage(int limit, Optional<UUID> before) {

    private static final int LIMIT = 20;
    private static final int MAX_LIMIT = 100;
    private static final int UUID_LENGTH = 36;
    private static final int MAX_CURSOR = 64;

    static JobPage of(MultiValueMap<String, String> parameters) {
        parameters.keySet().stream()
                .filter(name -> !name.equals("limit") && !name.equals("cursor"))
                .findFirst()
                .ifPresent(name -> {
                    throw problem(
                            "/" + name.replace("~", "~0").replace("/", "~1"), "not known (expected: limit, cursor)");
                });
        return new JobPage(
                limit(parameters.getFirst("limit")),
                Optional.ofNullable(parameters.getFirst("cursor")).map(JobPage::position));
    }

    /** More than the maximum is the maximum: the answer says which limit was in force. */
    private static int limit(@Nullable String text) {
        if (text == null) {
            return LIMIT;
        }
        if (!text.matches("[0-9]{1,64}") || text.matches("0+")) {
            throw problem("/limit", "not such a number (expected: 1.." + MAX_LIMIT + ")");
        }
        return text.length() > 9 ? MAX_LIMIT : Math.min(MAX_LIMIT, Integer.parseInt(text));
    }

    private static UUID position(String cursor) {
        try {
            if (cursor.length() <= MAX_CURSOR) {
                String text = new String(Base64.getUrlDecoder().decode(cursor), StandardCharsets.US_ASCII);
                if (text.length() == UUID_LENGTH) {
                    return UUID.fromString(text);
                }
            }
        } catch (IllegalArgumentException e) {
            throw unknownCursor();
        }
        throw unknownCursor();
    }

    private static ProblemException unknownCursor() {
        return problem("/cursor", "not one of this list (expected: next_cursor of an earlier page)");
    }

    private static ProblemException problem(String pointer, String detail) {
        return new Problem.InvalidQuery(List.of(new SpecProblem(pointer, detail))).asException();
    }

    static String cursor(UUID last) {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(last.toString().getBytes(StandardCharsets.US_ASCII));
    }

    ObjectNode view(Optional<String> next) {
        return Job.JSON
                .createObjectNode()
                .put("limit", limit)
                .put("has_more", next.isPresent())
                .put("next_cursor", next.orElse(null))
                .putNull("prev_cursor"); // the list is walked towards the past only
    }

    String link(String cursor) {
        return "<" + JobService.ROOT + "?limit=" + limit + "&cursor=" + cursor + ">; rel=\"next\"";
    }
}
