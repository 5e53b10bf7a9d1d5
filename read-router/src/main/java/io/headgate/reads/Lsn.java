package io.headgate.reads;

import java.util.regex.Pattern;

/** A place in the write-ahead log. */
record Lsn(long value) implements Comparable<Lsn> {

    static final Lsn ZERO = new Lsn(0);

    private static final Pattern TEXT = Pattern.compile("[0-9A-Fa-f]{1,8}/[0-9A-Fa-f]{1,8}");

    /** As PostgreSQL writes it: {@code 0/3001228}. */
    static Lsn parse(String text) {
        if (!TEXT.matcher(text).matches()) {
            throw new IllegalArgumentException("'" + text + "' (expected: a position in the log, as 0/3001228)");
        }
        int slash = text.indexOf('/');
        return new Lsn(Long.parseLong(text, 0, slash, 16) << 32 | Long.parseLong(text, slash + 1, text.length(), 16));
    }

    boolean isAtLeast(Lsn other) {
        return compareTo(other) >= 0;
    }

    long minus(Lsn other) {
        return value - other.value;
    }

    static Lsn max(Lsn one, Lsn other) {
        return one.isAtLeast(other) ? one : other;
    }

    @Override
    public int compareTo(Lsn other) {
        return Long.compareUnsigned(value, other.value);
    }

    @Override
    public String toString() {
        return Long.toHexString(value >>> 32).toUpperCase(java.util.Locale.ROOT) + "/"
                + Long.toHexString(value & 0xFFFF_FFFFL).toUpperCase(java.util.Locale.ROOT);
    }
}
