package io.headgate.filter;

import io.headgate.api.Filter;
import io.headgate.api.SortKey;
import io.headgate.api.Value;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/**
 * The one form of a filter that all its spellings share: groups within groups of their kind are one, what is said twice
 * is said once, and the order of what is joined is always the same.
 */
final class Canonical {

    private static final int SHAPE_BYTES = 8;

    private Canonical() {}

    /** A member with what it is sorted by: its shape first, so that values do not move what shapes can tell apart. */
    private record Keyed(Filter filter, String shape, String text) {
        static final Comparator<Keyed> ORDER =
                Comparator.comparing(Keyed::shape).thenComparing(Keyed::text);

        static Keyed of(Filter filter) {
            return new Keyed(filter, JsonText.shape(filter), JsonText.of(filter));
        }
    }

    static Filter of(Filter filter) {
        return switch (filter) {
            case Filter.All(List<Filter> members) -> {
                List<Filter> joined = joined(members.stream()
                        .map(Canonical::of)
                        .flatMap(member ->
                                member instanceof Filter.All(List<Filter> inner) ? inner.stream() : Stream.of(member)));
                yield joined.size() == 1 ? joined.getFirst() : new Filter.All(joined);
            }
            case Filter.Any(List<Filter> members) -> {
                List<Filter> joined = joined(members.stream()
                        .map(Canonical::of)
                        .flatMap(member ->
                                member instanceof Filter.Any(List<Filter> inner) ? inner.stream() : Stream.of(member)));
                yield joined.size() == 1 ? joined.getFirst() : new Filter.Any(joined);
            }
            case Filter.Not(Filter.Not(Filter doubled)) -> of(doubled);
            case Filter.Not(Filter negated) -> negation(of(negated));
            case Filter.Condition condition -> condition(condition);
        };
    }

    /** Joining what was below may have left a negation there. */
    private static Filter negation(Filter negated) {
        return negated instanceof Filter.Not(Filter inner) ? inner : new Filter.Not(negated);
    }

    private static List<Filter> joined(Stream<Filter> members) {
        return members.distinct()
                .map(Keyed::of)
                .sorted(Keyed.ORDER)
                .map(Keyed::filter)
                .toList();
    }

    private static Filter condition(Filter.Condition condition) {
        return switch (condition.operator()) {
            case IN, NIN ->
                new Filter.Condition(
                        condition.field(),
                        condition.operator(),
                        condition.values().stream()
                                .distinct()
                                .sorted(Comparator.comparing(Value::text))
                                .toList());
            default -> condition;
        };
    }

    /** Tells queries apart by everything they say. */
    static String digest(Filter canonical, List<SortKey> sort) {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(sha256(JsonText.of(canonical) + "\n" + JsonText.sort(sort)));
    }

    /** Tells queries apart by what they ask, and not by the values they ask for. */
    static String shape(Filter canonical, List<SortKey> sort) {
        return HexFormat.of().formatHex(sha256(JsonText.shape(canonical) + "\n" + JsonText.sort(sort)), 0, SHAPE_BYTES);
    }

    private static byte[] sha256(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
