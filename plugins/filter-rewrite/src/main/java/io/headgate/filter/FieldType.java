package io.headgate.filter;

import io.headgate.api.Operator;
import io.headgate.api.Value;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/** What a field holds: how its values are written, and what may be asked of it. */
public enum FieldType {
    STRING("a string"),
    ENUM("a string"),
    UUID("a UUID such as \"6f1c0e3a-0d6f-4d1e-9d3b-3d9a7a1f0c55\""),
    INT("a whole number of 64 bits"),
    DECIMAL("a number of at most " + FieldType.DIGITS + " digits before and after the point"),
    BOOLEAN("true or false"),
    TIMESTAMP("an RFC 3339 time such as \"2026-11-21T10:15:30Z\", of at most microseconds"),
    DATE("an RFC 3339 date such as \"2026-11-21\"");

    /** Within what every backend that matters computes exactly; numbers beyond are nobody's data. */
    private static final int DIGITS = 100;

    private static final int MAX_NUMBER_LENGTH = 2 * DIGITS + 8;
    private static final Pattern WHOLE = Pattern.compile("-?(0|[1-9][0-9]{0,18})");
    private static final Pattern NUMBER = Pattern.compile("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]{1,3})?");
    private static final Pattern UUID_TEXT =
            Pattern.compile("[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}");
    private static final Pattern TIME = Pattern.compile(
            "[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,6})?([Zz]|[+-][0-9]{2}:[0-9]{2})");
    private static final Pattern DAY = Pattern.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}");
    /** What RFC 3339 can write and PostgreSQL can hold; in the year 0000 the two mean different years. */
    private static final Instant FIRST = Instant.parse("0001-01-01T00:00:00Z");

    private static final Instant LAST = Instant.parse("9999-12-31T23:59:59.999999Z");

    private final String expected;

    FieldType(String expected) {
        this.expected = expected;
    }

    /** For a person who wrote something else. */
    String expected() {
        return expected;
    }

    /** Every operator that has a meaning for it. */
    Set<Operator> operators() {
        Set<Operator> operators = EnumSet.allOf(Operator.class);
        if (this != STRING) {
            operators.removeAll(EnumSet.of(Operator.CONTAINS, Operator.STARTS_WITH, Operator.ENDS_WITH));
        }
        if (!isOrdered()) {
            operators.removeAll(EnumSet.of(Operator.GT, Operator.GTE, Operator.LT, Operator.LTE, Operator.BETWEEN));
        }
        if (this == BOOLEAN) {
            operators.removeAll(EnumSet.of(Operator.IN, Operator.NIN));
        }
        return operators;
    }

    /** Whether clients may ask for a range; an order of UUIDs or of an enumeration's words means nothing to them. */
    private boolean isOrdered() {
        return this != ENUM && this != UUID && this != BOOLEAN;
    }

    boolean isText() {
        return this == STRING || this == ENUM;
    }

    boolean isNumber() {
        return this == INT || this == DECIMAL;
    }

    /** @throws IllegalArgumentException with the text and what is expected */
    Value read(String text) {
        try {
            return switch (this) {
                case STRING, ENUM -> new Value.Text(requireCharacters(text));
                case UUID -> new Value.Uuid(java.util.UUID.fromString(require(UUID_TEXT, text)));
                case INT -> new Value.Whole(Long.valueOf(require(WHOLE, text)));
                case DECIMAL -> new Value.Decimal(decimal(text));
                case BOOLEAN -> new Value.Truth(truth(text));
                case TIMESTAMP -> new Value.Moment(time(text));
                case DATE -> new Value.Day(day(text));
            };
        } catch (NumberFormatException | DateTimeException e) {
            throw wrong(text);
        }
    }

    /** A database refuses NUL, and half a character would become another one on its way there. */
    private String requireCharacters(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean isPair = Character.isHighSurrogate(c)
                    && i + 1 < text.length()
                    && Character.isLowSurrogate(text.charAt(i + 1));
            if (c == 0 || Character.isSurrogate(c) && !isPair) {
                throw new IllegalArgumentException((c == 0 ? "the character U+0000" : "half of a surrogate pair")
                        + " (expected: " + expected + ")");
            }
            i += isPair ? 1 : 0;
        }
        return text;
    }

    /** The length is looked at first: {@code 1e999999999} is short, and gigabytes when it is written out. */
    private BigDecimal decimal(String text) {
        if (text.length() > MAX_NUMBER_LENGTH) {
            throw wrong(text);
        }
        var number = new BigDecimal(require(NUMBER, text)).stripTrailingZeros();
        if (number.scale() > DIGITS || number.precision() - number.scale() > DIGITS) {
            throw wrong(text);
        }
        return number;
    }

    private Boolean truth(String text) {
        return switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw wrong(text);
        };
    }

    private Instant time(String text) {
        String upper = require(TIME, text).toUpperCase(Locale.ROOT);
        Instant time = OffsetDateTime.parse(upper).toInstant();
        if (time.isBefore(FIRST) || time.isAfter(LAST)) {
            throw wrong(text);
        }
        return time;
    }

    private LocalDate day(String text) {
        LocalDate day = LocalDate.parse(require(DAY, text));
        if (day.getYear() < 1) {
            throw wrong(text);
        }
        return day;
    }

    private String require(Pattern pattern, String text) {
        if (!pattern.matcher(text).matches()) {
            throw wrong(text);
        }
        return text;
    }

    private IllegalArgumentException wrong(String text) {
        return new IllegalArgumentException(Excerpt.of(text) + " (expected: " + expected + ")");
    }
}
