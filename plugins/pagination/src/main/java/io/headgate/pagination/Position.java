package io.headgate.pagination;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

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
            default -> throw new IllegalArgumentException("position: form " + form + " (expected: 1..4)");
        };
    }

    private static byte[] number(byte form, long number) {
        return ByteBuffer.allocate(1 + Long.BYTES).put(form).putLong(number).array();
    }
}
