package io.headgate.pagination;

/**
 * Finds the end of a container in which nothing is looked for, wherever the bytes are cut. What could lead out of it is
 * judged: strings with their escapes, and brackets by kind and depth. The grammar of all that is between is not.
 */
final class ContainerSkip {

    /** The list that an item is in. */
    interface ItemList {
        /** Another object begins right behind the comma. */
        void followed(int comma);
    }

    private static final long FIRST_BYTE = 0x80;

    private final JsonMarks found;
    private final boolean[] isObject;
    private final ItemList list;
    private boolean isItem;
    private int outside;
    private int depth;
    private boolean hasEnded;
    /** All bits where the next word begins within a string, else none. */
    private long inString;
    /** The first byte of the next word, where a backslash is the last one before it. */
    private long escaped;

    ContainerSkip(JsonMarks found, int maxDepth, ItemList list) {
        this.found = found;
        this.list = list;
        this.isObject = new boolean[maxDepth + 1];
    }

    /** @param around how many containers are open around the one that this bracket opens */
    void begin(byte bracket, int around) {
        isItem = false;
        outside = around;
        depth = around;
        hasEnded = false;
        open(bracket);
    }

    /** As for any container; what follows it in the list is skipped with it, as long as nothing but a comma is between. */
    void beginItem(byte bracket, int around) {
        begin(bracket, around);
        isItem = true;
    }

    boolean hasEnded() {
        return hasEnded;
    }

    /** Reads up to the byte behind the end of the container, or of the last that follows it, or all there are. */
    int skip(byte[] bytes, int from, int length) {
        int words = (length + Long.BYTES - 1) / Long.BYTES;
        int word = from / Long.BYTES;
        int end = marked(bytes, length, word, -1L << from % Long.BYTES * Byte.SIZE);
        while (!hasEnded && ++word < words) {
            word = unmarked(word, words);
            if (word < words) {
                end = marked(bytes, length, word, -1L);
            }
        }
        return end;
    }

    /** Past the words in which only strings may begin and end. */
    private int unmarked(int from, int words) {
        int word = from;
        long passed = 0;
        while (word < words && (found.marks(word) | escaped) == 0) {
            passed ^= found.quotes(word);
            word++;
        }
        inString ^= -(Long.bitCount(passed) & 1L);
        return word;
    }

    /** @return the byte behind the container's end, if that is in this word, else behind all bytes */
    private int marked(byte[] bytes, int length, int word, long ahead) {
        long plain = ahead & ~escaped;
        long quotes = found.quotes(word) & plain;
        long quoted = JsonMarks.quoted(quotes) ^ inString;
        escaped = 0;
        for (long rest = found.marks(word) & plain; rest != 0; rest &= rest - 1) {
            long mark = Long.lowestOneBit(rest);
            int at = word * Long.BYTES + Long.numberOfTrailingZeros(mark) / Byte.SIZE;
            if (bytes[at] == '\\') {
                if ((quoted & mark) == 0) {
                    throw Refusals.unexpected(bytes[at]);
                }
                long next = mark << Byte.SIZE;
                escaped = next == 0 || at == length - 1 ? FIRST_BYTE : 0;
                quoted ^= -(quotes & next); // all from an escaped quote on
                rest &= ~next;
            } else if ((quoted & mark) == 0 && bracket(bytes[at]) && !isFollowed(bytes, at + 1, length)) {
                hasEnded = true;
                inString = 0;
                return at + 1;
            }
        }
        inString = last(quoted);
        return length;
    }

    /** Whether it closes the container. */
    private boolean bracket(byte b) {
        if (b == '{' || b == '[') {
            open(b);
            return false;
        }
        if (b != (isObject[depth] ? '}' : ']')) {
            throw Refusals.unexpected(b);
        }
        depth--;
        return depth == outside;
    }

    private boolean isFollowed(byte[] bytes, int comma, int length) {
        boolean follows = isItem && comma + 1 < length && bytes[comma] == ',' && bytes[comma + 1] == '{';
        if (follows) {
            list.followed(comma);
        }
        return follows;
    }

    private void open(byte bracket) {
        if (depth == isObject.length - 1) {
            throw Refusals.brokenAnswer("it is nested deeper than " + depth);
        }
        isObject[++depth] = bracket == '{';
    }

    /** All bits where the last byte is quoted, else none. */
    private static long last(long quoted) {
        return quoted >> Long.SIZE - 1;
    }
}
