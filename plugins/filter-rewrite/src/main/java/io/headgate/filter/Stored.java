package io.headgate.filter;

import io.headgate.api.Value;
import io.r2dbc.spi.Readable;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Values that a database holds: what is there is taken as it is, also where no client could have asked for it. */
final class Stored {

    private Stored() {}

    /** Empty where it is NULL. */
    static Optional<Value> read(FieldType type, Readable row, int column) {
        return switch (type) {
            case STRING, ENUM -> at(row, column, String.class).map(Value.Text::new);
            case UUID -> at(row, column, UUID.class).map(Value.Uuid::new);
            case INT -> at(row, column, Long.class).map(Value.Whole::new);
            case DECIMAL -> at(row, column, BigDecimal.class).map(Value.Decimal::new);
            case BOOLEAN -> at(row, column, Boolean.class).map(Value.Truth::new);
            case TIMESTAMP -> at(row, column, OffsetDateTime.class).map(time -> new Value.Moment(time.toInstant()));
            case DATE -> at(row, column, LocalDate.class).map(Value.Day::new);
        };
    }

    private static <T> Optional<T> at(Readable row, int column, Class<T> type) {
        @Nullable T value = row.get(column, type);
        return Optional.ofNullable(value);
    }

    /** What {@link Value#text} wrote of one. */
    static Value parse(FieldType type, String text) {
        return switch (type) {
            case STRING, ENUM -> new Value.Text(text);
            case UUID -> new Value.Uuid(UUID.fromString(text));
            case INT -> new Value.Whole(Long.valueOf(text));
            case DECIMAL -> new Value.Decimal(new BigDecimal(text));
            case BOOLEAN -> new Value.Truth(Boolean.valueOf(text));
            case TIMESTAMP -> new Value.Moment(Instant.parse(text));
            case DATE -> new Value.Day(LocalDate.parse(text));
        };
    }
}
