package io.headgate.pagination;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads a JSON document as its bytes come, cut anywhere. On the way to what is looked for, and from item to item, it holds
 * them to the grammar; a container that leads nowhere is skipped. It tells where the items are, keeps two scalar values
 * besides, and forgets everything else: what it holds is bounded by the depth and by the longest value that it may keep.
 * Where two members of one name could mean either, the document is refused.
 */
final class JsonScanner implements ContainerSkip.ItemList {

    /** Where the items are, as offsets into the bytes that are being scanned. */
    interface Items {
        void opened(int at);

        /** At the comma between two items. */
        void separated(int at);

        void closed(int at);

        /** Null stands in the place of the list. */
        void absent();
    }

    private enum State {
        VALUE,
        VALUE_OR_END,
        NAME,
        NAME_OR_END,
        COLON,
        AFTER,
        STRING,
        ESCAPE,
        HEX,
        LITERAL,
        NUMBER,
        SKIPPED,
        END
    }

    private final Items items;
    private final int maxDepth;
    private final JsonMarks marks;
    private final ContainerSkip skip;
    private final PageTargets targets;

    private final KeptText kept;
    private final JsonNumber number = new JsonNumber();
    private final @Nullable String[] values = new @Nullable String[PageTargets.COUNT];

    private State state = State.VALUE;
    private int depth;
    private int itemsDepth = -1;

    private int keeping = PageTargets.NONE;
    private boolean isName;
    private int hex;
    private String literal = "";
    private int literalAt;
    private long count;
    private long position;
    /** Added to every place that is told. */
    private int offset;

    /** @param maxBytes that are scanned at once */
    JsonScanner(PageTargets targets, int maxDepth, int maxKept, int maxBytes, Items items) {
        this.items = items;
        this.maxDepth = maxDepth;
        this.marks = new JsonMarks(maxBytes);
        this.skip = new ContainerSkip(marks, maxDepth, this);
        this.targets = targets;
        this.kept = new KeptText(maxKept);
    }

    /** How many items there were so far, the one that has begun included. */
    long count() {
        return count;
    }

    Optional<String> total() {
        return Optional.ofNullable(values[PageTargets.TOTAL]);
    }

    Optional<String> next() {
        return Optional.ofNullable(values[PageTargets.NEXT]);
    }

    /** @param from the place of the first byte, from which on every place is told */
    void scan(byte[] bytes, int length, int from) {
        int i = 0;
        offset = from;
        marks.read(bytes, length);
        while (i < length) {
            if (state == State.STRING) {
                i = string(bytes, i, length);
            } else if (state == State.SKIPPED) {
                i = skip.skip(bytes, i, length);
                if (skip.hasEnded()) {
                    ended();
                }
            } else {
                i += step(bytes[i], offset + i) ? 1 : 0;
            }
        }
        position += length;
    }

    /** Once all bytes have been scanned: they must have been a whole document. */
    void finish() {
        if (depth == 0 && state == State.NUMBER && number.isWhole()) {
            state = State.END;
        }
        if (state != State.END) {
            throw Refusals.brokenAnswer("it ends in the middle, after " + position + " bytes");
        }
        if (!targets.wasSeen(PageTargets.ITEMS)) {
            throw Refusals.brokenAnswer("it has no items where the route says that they are");
        }
    }

    /** Up to the end of the string's plain characters, or past what ends them. */
    private int string(byte[] bytes, int from, int length) {
        int i = from;
        byte b = 0;
        while (i < length && (b = bytes[i]) != '"' && b != '\\' && (b < 0 || b >= ' ')) {
            i++;
        }
        kept.add(bytes, from, i);
        if (i == length) {
            return i;
        }
        if (b == '"') {
            endString();
        } else if (b == '\\') {
            kept.add(b);
            state = State.ESCAPE;
        } else {
            throw Refusals.unexpected(b);
        }
        return i + 1;
    }

    /** One byte outside of a string's plain characters; false where it ended a number and is still to be read. */
    private boolean step(byte b, int at) {
        switch (state) {
            case VALUE -> {
                if (!isSpace(b)) {
                    begin(b, at);
                }
            }
            case VALUE_OR_END -> {
                if (b == ']') {
                    close(at);
                } else if (!isSpace(b)) {
                    begin(b, at);
                }
            }
            case NAME, NAME_OR_END -> name(b, at);
            case COLON -> {
                if (b == ':') {
                    state = State.VALUE;
                } else if (!isSpace(b)) {
                    throw Refusals.unexpected(b);
                }
            }
            case AFTER -> after(b, at);
            case STRING, SKIPPED -> throw new IllegalStateException(state + " is read by itself");
            case ESCAPE -> escape(b);
            case HEX -> hex(b);
            case LITERAL -> literal(b);
            case NUMBER -> {
                return number(b);
            }
            case END -> {
                if (!isSpace(b)) {
                    throw Refusals.unexpected(b);
                }
            }
        }
        return true;
    }

    private void begin(byte b, int at) {
        if (depth == itemsDepth) {
            count++;
        }
        int target = targets.here(depth);
        switch (b) {
            case '{', '[' -> open(b, target, at);
            case '"' -> {
                startKeeping(target, b);
                isName = false;
                state = State.STRING;
            }
            case 't' -> beginLiteral("true", target, b);
            case 'f' -> beginLiteral("false", target, b);
            case 'n' -> beginLiteral("null", target, b);
            default -> beginNumber(b, target);
        }
    }

    private void open(byte b, int target, int at) {
        boolean object = b == '{';
        if (target == PageTargets.ITEMS && object) {
            throw Refusals.brokenAnswer("its items are an object, not a list");
        }
        if (target != PageTargets.ITEMS && !(object && targets.lieWithin(depth))) {
            if (depth == itemsDepth) {
                skip.beginItem(b, depth);
            } else {
                skip.begin(b, depth);
            }
            state = State.SKIPPED;
            return;
        }
        if (depth == maxDepth) {
            throw Refusals.brokenAnswer("it is nested deeper than " + depth);
        }
        targets.opened(depth);
        depth++;
        state = object ? State.NAME_OR_END : State.VALUE_OR_END;
        if (target == PageTargets.ITEMS) {
            itemsDepth = depth;
            items.opened(at);
        }
    }

    @Override
    public void followed(int comma) {
        items.separated(offset + comma);
        count++;
    }

    private void close(int at) {
        if (depth == itemsDepth) {
            itemsDepth = -1;
            items.closed(at);
        }
        depth--;
        targets.closed(depth);
        ended();
    }

    private void ended() {
        targets.passed();
        state = depth == 0 ? State.END : State.AFTER;
    }

    private void after(byte b, int at) {
        if (b == ',') {
            if (depth == itemsDepth) {
                items.separated(at);
                state = State.VALUE;
            } else {
                state = State.NAME;
            }
        } else if (b == (depth == itemsDepth ? ']' : '}')) {
            close(at);
        } else if (!isSpace(b)) {
            throw Refusals.unexpected(b);
        }
    }

    private void name(byte b, int at) {
        if (b == '"') {
            isName = true;
            if (targets.areMembers(depth)) {
                kept.beginName();
                kept.add(b);
            }
            state = State.STRING;
        } else if (b == '}' && state == State.NAME_OR_END) {
            close(at);
        } else if (!isSpace(b)) {
            throw Refusals.unexpected(b);
        }
    }

    private void endString() {
        kept.add((byte) '"');
        Optional<String> text = kept.string();
        if (isName) {
            text.ifPresent(name -> targets.named(name, depth));
            state = State.COLON;
        } else {
            text.ifPresent(value -> values[keeping] = value);
            ended();
        }
    }

    private void startKeeping(int target, byte b) {
        if (target == PageTargets.ITEMS) {
            throw Refusals.brokenAnswer("its items are not a list");
        }
        if (target != PageTargets.NONE) {
            keeping = target;
            kept.beginValue();
            kept.add(b);
        }
    }

    private void escape(byte b) {
        kept.add(b);
        switch (b) {
            case '"', '\\', '/', 'b', 'f', 'n', 'r', 't' -> state = State.STRING;
            case 'u' -> {
                hex = 0;
                state = State.HEX;
            }
            default -> throw Refusals.unexpected(b);
        }
    }

    private void hex(byte b) {
        if (Character.digit(b, 16) < 0) {
            throw Refusals.unexpected(b);
        }
        kept.add(b);
        if (++hex == 4) {
            state = State.STRING;
        }
    }

    private void beginLiteral(String word, int target, byte b) {
        if (target == PageTargets.ITEMS) {
            if (b != 'n') {
                throw Refusals.brokenAnswer("its items are not a list");
            }
            items.absent();
        }
        literal = word;
        literalAt = 1;
        state = State.LITERAL;
    }

    private void literal(byte b) {
        if (b != literal.charAt(literalAt)) {
            throw Refusals.unexpected(b);
        }
        if (++literalAt == literal.length()) {
            ended();
        }
    }

    private void beginNumber(byte b, int target) {
        if (!number.begin(b)) {
            throw Refusals.unexpected(b);
        }
        startKeeping(target, b);
        state = State.NUMBER;
    }

    private boolean number(byte b) {
        if (number.goesOn(b)) {
            kept.add(b);
            return true;
        }
        if (!number.isWhole()) {
            throw Refusals.unexpected(b);
        }
        kept.number().ifPresent(value -> values[keeping] = value);
        ended();
        return false;
    }

    private static boolean isSpace(byte b) {
        return b == ' ' || b == '\n' || b == '\r' || b == '\t';
    }
}
