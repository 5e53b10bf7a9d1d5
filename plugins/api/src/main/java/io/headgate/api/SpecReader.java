package io.headgate.api;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/**
 * Reads one object of a document, strictly: members of the wrong type, out of range or unknown are problems, each with
 * its JSON Pointer, and all of them are found in one pass. While a document has problems its readers answer stand-ins,
 * and {@link #build} never runs: a record is only ever made of members that were read.
 */
public final class SpecReader {

    private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s|m|h|d)");
    private static final Pattern PERCENT = Pattern.compile("(\\d{1,3}(?:\\.\\d{1,3})?)%");

    private final JsonNode node;
    private final String pointer;
    private final List<SpecProblem> problems;
    private final Set<String> known = new HashSet<>();

    private SpecReader(JsonNode node, String pointer, List<SpecProblem> problems) {
        this.node = node;
        this.pointer = pointer;
        this.problems = problems;
        if (!node.isObject() && !node.isMissingNode()) {
            problem(kindOf(node) + " (expected: an object)");
        }
    }

    /** What a document's object reads as: its value, or everything that is wrong with it. */
    public sealed interface Outcome<T> {
        record Valid<T>(T value) implements Outcome<T> {}

        record Invalid<T>(List<SpecProblem> problems) implements Outcome<T> {}
    }

    /** @param pointer where the object stands in its document, as in {@code /spec} */
    public static <T> Outcome<T> read(JsonNode node, String pointer, Function<SpecReader, T> reading) {
        List<SpecProblem> problems = new ArrayList<>();
        var reader = new SpecReader(node, pointer, problems);
        Supplier<T> value = reader.nested(reading);
        return problems.isEmpty() ? new Outcome.Valid<>(value.get()) : new Outcome.Invalid<>(List.copyOf(problems));
    }

    /** Whether the document has this object at all. */
    public boolean isPresent() {
        return !node.isMissingNode();
    }

    public String pointer() {
        return pointer;
    }

    public void problem(String detail) {
        problems.add(new SpecProblem(pointer, detail));
    }

    public void problem(String member, String detail) {
        problems.add(new SpecProblem(at(member), detail));
    }

    /**
     * Makes the value of this object, once all its members are read. A record's own refusal of them becomes a problem
     * of this object.
     */
    public <T> T build(Supplier<T> value) {
        refuseUnknownMembers();
        if (problems.stream().anyMatch(problem -> isBelow(problem.pointer()))) {
            throw new Unreadable();
        }
        try {
            return value.get();
        } catch (IllegalArgumentException e) {
            problem(String.valueOf(e.getMessage()));
            throw new Unreadable();
        }
    }

    public String text(String member) {
        return optionalText(member).orElseGet(() -> missing(member, "a string", ""));
    }

    public String text(String member, String otherwise) {
        return optionalText(member).orElse(otherwise);
    }

    public Optional<String> optionalText(String member) {
        JsonNode value = value(member);
        if (isAbsent(value)) {
            return Optional.empty();
        }
        if (!value.isString()) {
            wrongType(member, value, "a string");
            return Optional.of("");
        }
        return Optional.of(value.stringValue());
    }

    /** A string that {@code parse} understands; what it throws as {@link IllegalArgumentException} is the problem. */
    public <T> Supplier<T> parsed(String member, Function<String, T> parse) {
        return parse(member, text(member), parse);
    }

    public <T> Optional<T> optionalParsed(String member, Function<String, T> parse) {
        return optionalText(member).flatMap(text -> Optional.ofNullable(tryParse(at(member), text, parse)));
    }

    public <T> List<T> parsedList(String member, Function<String, T> parse) {
        List<T> parsed = new ArrayList<>();
        eachText(member, (pointer, text) -> {
            T value = tryParse(pointer, text, parse);
            if (value != null) {
                parsed.add(value);
            }
        });
        return parsed;
    }

    public int integer(String member, int otherwise, int min, int max) {
        return (int) integer(member, (long) otherwise, min, max);
    }

    public long integer(String member, long otherwise, long min, long max) {
        JsonNode value = value(member);
        if (isAbsent(value)) {
            return otherwise;
        }
        if (!value.isIntegralNumber()) {
            wrongType(member, value, "a whole number, " + min + ".." + max);
            return otherwise;
        }
        if (!value.canConvertToLong() || value.longValue() < min || value.longValue() > max) {
            problem(member, value + " (expected: " + min + ".." + max + ")");
            return otherwise;
        }
        return value.longValue();
    }

    public double number(String member, double otherwise, double min, double max) {
        JsonNode value = value(member);
        if (isAbsent(value)) {
            return otherwise;
        }
        if (!value.isNumber()) {
            wrongType(member, value, "a number, " + min + ".." + max);
            return otherwise;
        }
        if (value.doubleValue() < min || value.doubleValue() > max) {
            problem(member, value + " (expected: " + min + ".." + max + ")");
            return otherwise;
        }
        return value.doubleValue();
    }

    public boolean flag(String member, boolean otherwise) {
        JsonNode value = value(member);
        if (isAbsent(value)) {
            return otherwise;
        }
        if (!value.isBoolean()) {
            wrongType(member, value, "true or false");
            return otherwise;
        }
        return value.booleanValue();
    }

    /** A length of time with its unit: {@code 200ms}, {@code 5s}, {@code 2m}, {@code 1h}, {@code 30d}. */
    public Duration duration(String member, Duration otherwise, Duration max) {
        return optionalParsed(member, text -> duration(text, max)).orElse(otherwise);
    }

    /** A share written as {@code 20%}, as a fraction. */
    public double percent(String member, double otherwise) {
        return optionalParsed(member, SpecReader::percent).orElse(otherwise);
    }

    /** One of an enum's constants, written in lower case with hyphens. */
    public <E extends Enum<E>> E choice(String member, Class<E> choices, E otherwise) {
        return optionalParsed(member, text -> choice(choices, text)).orElse(otherwise);
    }

    public <E extends Enum<E>> E choice(String member, Class<E> choices) {
        return parsedOr(member, text -> choice(choices, text), choices.getEnumConstants()[0]);
    }

    public <E extends Enum<E>> List<E> choices(String member, Class<E> choices) {
        return parsedList(member, text -> choice(choices, text));
    }

    public List<String> texts(String member) {
        List<String> texts = new ArrayList<>();
        eachText(member, (pointer, text) -> texts.add(text));
        return texts;
    }

    private void eachText(String member, BiConsumer<String, String> placed) {
        int index = 0;
        for (JsonNode element : elements(member)) {
            String where = at(member) + "/" + index++;
            if (element.isString()) {
                placed.accept(where, element.stringValue());
            } else {
                problems.add(new SpecProblem(where, kindOf(element) + " (expected: a string)"));
            }
        }
    }

    /** A member that must be there. */
    public <T> Supplier<T> object(String member, Function<SpecReader, T> reading) {
        if (isAbsent(value(member))) {
            missing(member, "an object", "");
            return SpecReader::unread;
        }
        return below(member).nested(reading);
    }

    /** A member that may be left out: then it reads as an object without members. */
    public <T> Supplier<T> objectOrDefaults(String member, Function<SpecReader, T> reading) {
        return below(member).nested(reading);
    }

    public <T> Optional<Supplier<T>> optionalObject(String member, Function<SpecReader, T> reading) {
        return isAbsent(value(member))
                ? Optional.empty()
                : Optional.of(below(member).nested(reading));
    }

    public <T> Supplier<List<T>> objects(String member, Function<SpecReader, T> reading) {
        List<Supplier<T>> elements = new ArrayList<>();
        int index = 0;
        for (JsonNode element : elements(member)) {
            elements.add(new SpecReader(element, at(member) + "/" + index++, problems).nested(reading));
        }
        return () -> elements.stream().map(Supplier::get).toList();
    }

    /** An object whose members' names are the author's: the value of each is read by {@code reading}. */
    public <T> Supplier<Map<String, T>> map(String member, Function<SpecReader, T> reading) {
        SpecReader below = below(member);
        Map<String, Supplier<T>> entries = new LinkedHashMap<>();
        for (String name : below.members()) {
            entries.put(name, below.below(name).nested(reading));
        }
        return () -> {
            Map<String, T> values = new LinkedHashMap<>();
            entries.forEach((name, value) -> values.put(name, value.get()));
            return values;
        };
    }

    /** The member as it stands, for what another reader will read later. */
    public JsonNode raw(String member) {
        return value(member);
    }

    public Set<String> members() {
        return node.isObject() ? new java.util.LinkedHashSet<>(node.propertyNames()) : Set.of();
    }

    private <T> T parsedOr(String member, Function<String, T> parse, T standIn) {
        T value = tryParse(at(member), text(member), parse);
        return value == null ? standIn : value;
    }

    private <T> Supplier<T> parse(String member, String text, Function<String, T> parse) {
        T value = tryParse(at(member), text, parse);
        return value == null ? SpecReader::unread : () -> value;
    }

    private <T> @Nullable T tryParse(String where, String text, Function<String, T> parse) {
        if (problems.stream().anyMatch(problem -> problem.pointer().equals(where))) {
            return null;
        }
        try {
            return parse.apply(text);
        } catch (IllegalArgumentException e) {
            problems.add(new SpecProblem(where, String.valueOf(e.getMessage())));
            return null;
        }
    }

    private SpecReader below(String member) {
        JsonNode value = value(member);
        return new SpecReader(isAbsent(value) ? MissingNode.getInstance() : value, at(member), problems);
    }

    private <T> Supplier<T> nested(Function<SpecReader, T> reading) {
        try {
            T value = reading.apply(this);
            return () -> value;
        } catch (Unreadable e) {
            return SpecReader::unread;
        }
    }

    private static <T> T unread() {
        throw new Unreadable();
    }

    private JsonNode value(String member) {
        known.add(member);
        return node.path(member);
    }

    private Iterable<JsonNode> elements(String member) {
        JsonNode value = value(member);
        if (isAbsent(value)) {
            return List.of();
        }
        if (!value.isArray()) {
            wrongType(member, value, "a list");
            return List.of();
        }
        return value.values();
    }

    private void refuseUnknownMembers() {
        for (String member : members()) {
            if (!known.contains(member)) {
                problem(
                        member,
                        "unknown member (expected: one of " + String.join(", ", new java.util.TreeSet<>(known)) + ")");
            }
        }
    }

    private boolean isBelow(String other) {
        return other.equals(pointer) || other.startsWith(pointer + "/");
    }

    private <T> T missing(String member, String expectation, T standIn) {
        if (!node.isObject() && !node.isMissingNode()) {
            return standIn; // the object itself is the problem, and has been named
        }
        problem(member, "missing (expected: " + expectation + ")");
        return standIn;
    }

    private void wrongType(String member, JsonNode value, String expectation) {
        problem(member, kindOf(value) + " (expected: " + expectation + ")");
    }

    private String at(String member) {
        return pointer + "/" + member.replace("~", "~0").replace("/", "~1");
    }

    private static boolean isAbsent(JsonNode value) {
        return value.isMissingNode() || value.isNull();
    }

    private static String kindOf(JsonNode value) {
        return value.getNodeType().name().toLowerCase(Locale.ROOT);
    }

    private static Duration duration(String text, Duration max) {
        var match = DURATION.matcher(text);
        Duration duration = match.matches() ? duration(Long.parseLong(match.group(1)), match.group(2)) : Duration.ZERO;
        if (!duration.isPositive() || duration.compareTo(max) > 0) {
            throw new IllegalArgumentException("'" + text
                    + "' (expected: a time above zero with its unit, as in 200ms, 5s, 2m, 1h or 30d, at most "
                    + max.toMillis() + "ms)");
        }
        return duration;
    }

    private static Duration duration(long amount, String unit) {
        return switch (unit) {
            case "ms" -> Duration.ofMillis(amount);
            case "s" -> Duration.ofSeconds(amount);
            case "m" -> Duration.ofMinutes(amount);
            case "h" -> Duration.ofHours(amount);
            default -> Duration.ofDays(amount);
        };
    }

    private static Double percent(String text) {
        var match = PERCENT.matcher(text);
        double percent = match.matches() ? Double.parseDouble(match.group(1)) : -1;
        if (percent < 0 || percent > 100) {
            throw new IllegalArgumentException("'" + text + "' (expected: 0%..100%)");
        }
        return percent / 100;
    }

    private static <E extends Enum<E>> E choice(Class<E> choices, String text) {
        return Arrays.stream(choices.getEnumConstants())
                .filter(choice -> word(choice).equals(text))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("'" + text + "' (expected: one of "
                        + Arrays.stream(choices.getEnumConstants())
                                .map(SpecReader::word)
                                .collect(Collectors.joining(", "))
                        + ")"));
    }

    private static String word(Enum<?> choice) {
        return choice.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Ends the reading of an object whose problems have been collected. */
    private static final class Unreadable extends RuntimeException {
        private static final long serialVersionUID = 1;

        Unreadable() {
            super("unreadable", null, false, false);
        }
    }
}
