package io.headgate.local;

import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.util.Locale;

/** A column that clients of a demo backend may name; what stands in SQL comes from here and never from a client. */
record Column(String sql, Type type, boolean nullable) {

    static Column of(String sql, Type type) {
        return new Column(sql, type, false);
    }

    enum Type {
        STRING,
        UUID,
        INT,
        DECIMAL,
        TIMESTAMP;

        /** The value to bind. */
        Object parse(String text) {
            try {
                return switch (this) {
                    case STRING -> text;
                    case UUID -> java.util.UUID.fromString(text);
                    case INT -> Long.valueOf(text);
                    case DECIMAL -> decimal(text);
                    case TIMESTAMP -> OffsetDateTime.parse(text);
                };
            } catch (IllegalArgumentException | DateTimeException e) {
                throw new BadRequest("'" + text + "' (expected: " + name().toLowerCase(Locale.ROOT) + ")");
            }
        }

        /** A short text such as 1e999999999 would otherwise become gigabytes on its way to the server. */
        private static BigDecimal decimal(String text) {
            var value = new BigDecimal(text);
            if (Math.abs((long) value.scale()) > MAX_DIGITS || value.precision() > MAX_DIGITS) {
                throw new NumberFormatException();
            }
            return value;
        }

        private static final int MAX_DIGITS = 40;
    }
}
