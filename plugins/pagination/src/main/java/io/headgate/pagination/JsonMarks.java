package io.headgate.pagination;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Where a document's quotes, brackets and backslashes are, as bits: a word for every eight bytes, and in it the high bit of
 * each byte that is meant. They are found in one loop without branches, which the compiler makes instructions for several
 * words at once of.
 */
final class JsonMarks {

    private static final VarHandle WORDS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private static final long EACH_BYTE = 0x0101010101010101L;
    private static final long HIGH_BITS = EACH_BYTE << 7;
    private static final long QUOTES = EACH_BYTE * '"';
    /** All that tells a square bracket from a brace; the backslash stands between the two in both rows. */
    private static final long BRACES = EACH_BYTE * ('{' ^ '[');

    private static final long FROM_OPENING = EACH_BYTE * (0x80 - '{');
    private static final long PAST_CLOSING = EACH_BYTE * (0x80 - '}' - 1);

    private final long[] quotes;
    private final long[] marks;

    /** @param most bytes that are read at once */
    JsonMarks(int most) {
        int words = (most + Long.BYTES - 1) / Long.BYTES;
        this.quotes = new long[words];
        this.marks = new long[words];
    }

    void read(byte[] bytes, int length) {
        int whole = length / Long.BYTES;
        for (int i = 0; i < whole; i++) {
            long word = (long) WORDS.get(bytes, i * Long.BYTES);
            quotes[i] = quotesIn(word);
            marks[i] = marksIn(word);
        }
        if (whole * Long.BYTES < length) {
            long word = lastWord(bytes, whole * Long.BYTES, length);
            quotes[whole] = quotesIn(word);
            marks[whole] = marksIn(word);
        }
    }

    long quotes(int word) {
        return quotes[word];
    }

    /** Brackets and backslashes of a word, and vertical bars, which stand between braces too. */
    long marks(int word) {
        return marks[word];
    }

    /** The bytes of a word that have an odd number of quotes from its beginning to themselves, these included. */
    static long quoted(long quotes) {
        long quoted = quotes ^ quotes << 8;
        quoted ^= quoted << 16;
        return quoted ^ quoted << 32;
    }

    private static long quotesIn(long word) {
        long other = word ^ QUOTES;
        return ~((other & ~HIGH_BITS) + ~HIGH_BITS | other) & HIGH_BITS;
    }

    private static long marksIn(long word) {
        long braces = (word | BRACES) & ~HIGH_BITS;
        return braces + FROM_OPENING & ~(braces + PAST_CLOSING | word) & HIGH_BITS;
    }

    /** What is left, and zeros, which mean nothing. */
    private static long lastWord(byte[] bytes, int from, int length) {
        long word = 0;
        for (int i = length - 1; i >= from; i--) {
            word = word << Byte.SIZE | bytes[i] & 0xFF;
        }
        return word;
    }
}
