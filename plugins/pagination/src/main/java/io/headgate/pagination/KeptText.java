package io.headgate.pagination;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** What of a document is kept as it passes: the name of a member that may lead on, or a value that is looked for. */
final class KeptText {

    private static final int MAX_NAME = 1_024;
    private static final int LONGEST_ESCAPE = 6;
    private static final int QUOTES = 2;

    private static final JsonMapper JSON = JsonMapper.shared();

    private enum Purpose {
        NONE,
        NAME,
        VALUE
    }

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(64);
    private final int maxValue;

    private Purpose purpose = Purpose.NONE;

    /** @param maxValue bytes of a value */
    KeptText(int maxValue) {
        this.maxValue = maxValue;
    }

    void beginName() {
        begin(Purpose.NAME);
    }

    void beginValue() {
        begin(Purpose.VALUE);
    }

    private void begin(Purpose next) {
        purpose = next;
        bytes.reset();
    }

    void add(byte b) {
        if (hasRoom(1)) {
            bytes.write(b);
        }
    }

    void add(byte[] more, int from, int to) {
        if (hasRoom(to - from)) {
            bytes.write(more, from, to - from);
        }
    }

    /** A name that is too long cannot be one of ours; a value that is too long cannot be handed on. */
    private boolean hasRoom(int more) {
        return switch (purpose) {
            case NONE -> false;
            case NAME -> {
                if (bytes.size() + more > MAX_NAME) {
                    purpose = Purpose.NONE;
                }
                yield purpose == Purpose.NAME;
            }
            case VALUE -> {
                if (bytes.size() + more > LONGEST_ESCAPE * maxValue + QUOTES) {
                    throw tooLong();
                }
                yield true;
            }
        };
    }

    /** What a number was written as, if it was to be kept. */
    Optional<String> number() {
        return switch (ended()) {
            case NONE -> Optional.empty();
            case NAME, VALUE -> Optional.of(bytes.toString(StandardCharsets.US_ASCII));
        };
    }

    /** What a string says, if it was to be kept: it was added with its quotes and escapes. */
    Optional<String> string() {
        return switch (ended()) {
            case NONE -> Optional.empty();
            case NAME -> Optional.of(unescaped());
            case VALUE -> {
                String text = unescaped();
                if (text.getBytes(StandardCharsets.UTF_8).length > maxValue) {
                    throw tooLong();
                }
                yield Optional.of(text);
            }
        };
    }

    private Purpose ended() {
        Purpose was = purpose;
        purpose = Purpose.NONE;
        return was;
    }

    private String unescaped() {
        try {
            return JSON.readValue(bytes.toByteArray(), String.class);
        } catch (JacksonException e) {
            throw Refusals.brokenAnswer("it is not in UTF-8");
        }
    }

    private RuntimeException tooLong() {
        return Refusals.brokenAnswer("its cursor or total is longer than " + maxValue + " bytes");
    }
}
