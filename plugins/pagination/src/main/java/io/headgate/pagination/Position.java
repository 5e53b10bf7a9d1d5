package io.headgate.pagination;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Where a page begins. */
sealed interface Position {

    /** Behind so many items. */
    record Offset(long items) implements Position {}

    /** The page that ends behind so many items: backwards from there. */
    record Before(long items) implements Position {}

    /** A backend's page by its number; it has a meaning for one size of pages only. */
    record Page(long number) implements Position {}

    /** What the backend itself calls the place: its cursor, or the parameters of its link. */
    record Token(String text) implements Position {}

    /**
     * Beside a row of the gateway's own, which has these values; without any, before the first row or behind the last.
     *
     * @param backwards whether the page ends there
     */
    record Row(boolean backwards, List<Optional<String>> values) implements Position {
        public Row {
            values = List.copyOf(values);
        }
    }

    default byte[] bytes() {
        return switch (this) {
            case Offset(long items) -> number((byte) 1, items);
            case Before(long items) -> number((byte) 2, items);
            case Page(long number) -> number((byte) 3, number);
            case Token(String text) -> {
                byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
                yield ByteBuffer.allocate(1 + utf8.length)
                        .put((byte) 4)
                        .put(utf8)
                        .array();
            }
            case Row row -> row(row);
        };
    }

    /** Reads what {@link #bytes} wrote, and nothing else: nobody but the gateway can have written it. */
    static Position of(ByteBuffer bytes) {
        byte form = bytes.get();
        return switch (form) {
            case 1 -> new Offset(bytes.getLong());
            case 2 -> new Before(bytes.getLong());
            case 3 -> new Page(bytes.getLong());
            case 4 -> new Token(StandardCharsets.UTF_8.decode(bytes).toString());
            case 5 -> row(bytes);
            default -> throw new IllegalArgumentException("position: form " + form + " (expected: 1..5)");
        };
    }

    private static byte[] number(byte form, long number) {
        return ByteBuffer.allocate(1 + Long.BYTES).put(form).putLong(number).array();
    }

    /** Each value behind its length, which is -1 where there is none. */
    private static byte[] row(Row row) {
        List<Optional<byte[]>> values = row.values().stream()
                .map(value -> value.map(text -> text.getBytes(StandardCharsets.UTF_8)))
                .toList();
        int length = values.stream()
                .mapToInt(value ->
                        Integer.BYTES + value.map(bytes -> bytes.length).orElse(0))
                .sum();
        ByteBuffer bytes = ByteBuffer.allocate(2 + length).put((byte) 5).put((byte) (row.backwards() ? 1 : 0));
        for (Optional<byte[]> value : values) {
            bytes.putInt(value.map(present -> present.length).orElse(-1));
            value.ifPresent(bytes::put);
        }
        return bytes.array();
    }

    private static Row row(ByteBuffer bytes) {
        boolean backwards = bytes.get() == 1;
        List<Optional<String>> values = new ArrayList<>();
        while (bytes.hasRemaining()) {
            int length = bytes.getInt();
            if (length < 0) {
                values.add(Optional.empty());
            } else {
                byte[] value = new byte[length];
                bytes.get(value);
                values.add(Optional.of(new String(value, StandardCharsets.UTF_8)));
            }
        }
        return new Row(backwards, values);
    }
}
