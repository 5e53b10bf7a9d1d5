package io.headgate.reads;

import io.headgate.api.InternalHeaders;
import io.headgate.api.Problem;
import io.headgate.api.ProblemException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How fresh one request wants its read: a structured field, {@code strong} or {@code bounded;max-age=5}. A weaker level
 * than the route's is served only where the route allows it; a stronger one always.
 *
 * @param maxAge where the level is bounded
 */
record AskedLevel(Consistency level, Duration maxAge) {

    private static final Pattern FIELD = Pattern.compile("([a-z]{1,16})(?:; *max-age=(\\d{1,4}))?");
    private static final String FORM = "eventual, session, strong or bounded;max-age=<seconds, 1..3600>";
    private static final int LONGEST = 3600;

    /** @param field empty where the request does not say */
    static AskedLevel of(@Nullable String field, ReadsSection route) {
        return field == null ? ofRoute(route) : parse(field.strip()).within(route);
    }

    private static AskedLevel ofRoute(ReadsSection route) {
        return new AskedLevel(route.consistency(), route.maxAge().orElse(Duration.ZERO));
    }

    private static AskedLevel parse(String field) {
        Matcher matcher = FIELD.matcher(field);
        Optional<Consistency> level = matcher.matches() ? level(matcher.group(1)) : Optional.empty();
        if (level.isEmpty()) {
            throw refused(field);
        }
        String seconds = matcher.group(2);
        boolean isBounded = level.get() == Consistency.BOUNDED;
        if (seconds == null) {
            return new AskedLevel(level.get(), Duration.ZERO);
        }
        int maxAge = Integer.parseInt(seconds);
        if (!isBounded || maxAge < 1 || maxAge > LONGEST) {
            throw refused(field);
        }
        return new AskedLevel(level.get(), Duration.ofSeconds(maxAge));
    }

    private static Optional<Consistency> level(String word) {
        return Arrays.stream(Consistency.values())
                .filter(level -> level.name().toLowerCase(Locale.ROOT).equals(word))
                .findFirst();
    }

    private AskedLevel within(ReadsSection route) {
        boolean isWeaker = level.compareTo(route.consistency()) < 0;
        if (isWeaker && !route.allow().contains(level)) {
            return ofRoute(route);
        }
        return level == Consistency.BOUNDED ? bounded(route) : this;
    }

    /** No older than the route's own bound, where it has one; without any there is nothing to hold to. */
    private AskedLevel bounded(ReadsSection route) {
        Duration longest = route.maxAge().orElse(Duration.ofSeconds(LONGEST));
        if (maxAge.isZero() && route.maxAge().isEmpty()) {
            throw refused("bounded");
        }
        return maxAge.isZero() || maxAge.compareTo(longest) > 0 ? new AskedLevel(level, longest) : this;
    }

    private static ProblemException refused(String field) {
        String shown = field.length() > 40 ? field.substring(0, 40) + "..." : field;
        return new Problem.MalformedAt(
                        "/headers/" + InternalHeaders.CONSISTENCY_LEVEL, "'" + shown + "' (expected: " + FORM + ")")
                .asException();
    }
}
