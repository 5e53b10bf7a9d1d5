package io.headgate.authz;

import com.cedarpolicy.model.AuthorizationSuccessResponse.AuthorizationError;
import com.cedarpolicy.model.DetailedError;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Optional;
import java.util.stream.Collectors;

/** What Cedar complains about, in words that its author can use. */
final class CedarErrors {

    private static final int MAX_TEXT = 500;

    private CedarErrors() {}

    static String text(Optional<? extends Collection<DetailedError>> errors) {
        return errors.map(all -> all.stream().map(error -> error.message).collect(Collectors.joining("; ")))
                .filter(text -> !text.isEmpty())
                .map(CedarErrors::bounded)
                .orElse("no answer");
    }

    static String text(AuthorizationError error) {
        return bounded(error.getPolicyId() + ": " + error.getError().message);
    }

    /** With the place in the source, where Cedar knows it, and what it would suggest. */
    static String at(String source, DetailedError error) {
        var text = new StringBuilder();
        error.sourceLocations.stream()
                .findFirst()
                .ifPresent(place -> text.append(place(source, place.start)).append(": "));
        text.append(error.message);
        error.sourceLocations.stream()
                .findFirst()
                .flatMap(place -> place.label)
                .filter(label -> !label.isEmpty())
                .ifPresent(label -> text.append(", ").append(label));
        error.help
                .filter(help -> !help.isEmpty())
                .ifPresent(help -> text.append(" (").append(help).append(')'));
        return bounded(text.toString());
    }

    /** @param offset in bytes of UTF-8, as Cedar counts */
    private static String place(String source, int offset) {
        byte[] bytes = source.getBytes(StandardCharsets.UTF_8);
        String before = new String(bytes, 0, Math.clamp(offset, 0, bytes.length), StandardCharsets.UTF_8);
        long line = before.chars().filter(c -> c == '\n').count() + 1;
        int column = before.codePointCount(before.lastIndexOf('\n') + 1, before.length()) + 1;
        return "line " + line + ", column " + column;
    }

    private static String bounded(String text) {
        return text.length() <= MAX_TEXT ? text : text.substring(0, MAX_TEXT) + "...";
    }
}
