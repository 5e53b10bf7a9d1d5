package io.headgate.gateway.edge;

/**
 * The one reading of a path: what is matched here is what the backend gets. A path that another reader could take for
 * another one is refused; escapes that need not be are undone, and the others written in upper case.
 */
final class CanonicalPath {

    private static final String PLAIN_BEYOND_UNRESERVED = "!$&'()*+,=:@";

    /** What a path turned out to be. */
    sealed interface Reading {

        /** @param path the same object as was given where it was canonical already */
        record Canonical(String path) implements Reading {}

        record Refused(String reason) implements Reading {}
    }

    private final String raw;
    private final StringBuilder out;
    private int segmentStart;

    private CanonicalPath(String raw) {
        this.raw = raw;
        this.out = new StringBuilder(raw.length());
    }

    static Reading read(String raw) {
        if (raw.isEmpty() || raw.charAt(0) != '/') {
            return new Reading.Refused("it does not begin with a slash");
        }
        return isPlain(raw) ? new Reading.Canonical(raw) : new CanonicalPath(raw).read();
    }

    /** The usual case, in one pass without garbage: no escapes, and dots only inside of longer segments. */
    private static boolean isPlain(String path) {
        for (int i = 1; i < path.length(); i++) {
            char c = path.charAt(i);
            if (c == '/' || c == '.') {
                if (path.charAt(i - 1) == '/') {
                    return false; // an empty or a dotted segment, perhaps: the long way decides
                }
            } else if (!isPlain(c)) {
                return false;
            }
        }
        return true;
    }

    private Reading read() {
        int i = 0;
        while (i < raw.length()) {
            char c = raw.charAt(i);
            if (c == '/') {
                if (i > 0 && endsSegmentBadly()) {
                    return new Reading.Refused(segmentProblem());
                }
                out.append(c);
                segmentStart = out.length();
                i++;
            } else if (c == '%') {
                int length = escape(i);
                if (length < 0) {
                    return new Reading.Refused(escapeProblem(i));
                }
                i += length;
            } else if (isPlain(c)) {
                out.append(c);
                i++;
            } else {
                return new Reading.Refused(characterProblem(c));
            }
        }
        if (isDots()) {
            return new Reading.Refused(segmentProblem());
        }
        String path = out.toString();
        if (isEncodedTwice(path)) {
            return new Reading.Refused("it is encoded twice");
        }
        return new Reading.Canonical(path.equals(raw) ? raw : path);
    }

    /** Appends what stands at an escape, and answers how many characters it took; -1 where it is refused. */
    private int escape(int at) {
        int value = byteAt(raw, at);
        if (value < 0 || value < 0x20 || value == 0x7F || value == '/' || value == '\\' || value == ';') {
            return -1;
        }
        if (value >= 0x80) {
            return multiByte(at, value);
        }
        if (isUnreserved((char) value)) {
            out.append((char) value);
        } else {
            appendEscape(value);
        }
        return 3;
    }

    /** Well-formed UTF-8 only, shortest forms only: an overlong slash is a slash to a careless reader. */
    private int multiByte(int at, int lead) {
        int count = lead >= 0xF0 && lead <= 0xF4
                ? 4
                : lead >= 0xE0 && lead < 0xF0 ? 3 : lead >= 0xC2 && lead < 0xE0 ? 2 : 0;
        if (count == 0) {
            return -1;
        }
        int point = lead & 0xFF >> count + 1;
        for (int k = 1; k < count; k++) {
            int next = byteAt(raw, at + 3 * k);
            if (next < 0x80 || next > 0xBF) {
                return -1;
            }
            point = point << 6 | next & 0x3F;
        }
        boolean wellFormed = switch (count) {
            case 2 -> point >= 0xA0; // below are the C1 controls
            case 3 -> point >= 0x800 && (point < 0xD800 || point > 0xDFFF);
            default -> point >= 0x10000 && point <= 0x10FFFF;
        };
        if (!wellFormed) {
            return -1;
        }
        for (int k = 0; k < count; k++) {
            appendEscape(byteAt(raw, at + 3 * k));
        }
        return 3 * count;
    }

    private void appendEscape(int value) {
        out.append('%').append(hexDigit(value >> 4)).append(hexDigit(value & 0xF));
    }

    private boolean endsSegmentBadly() {
        return out.length() == segmentStart || isDots();
    }

    private boolean isDots() {
        int length = out.length() - segmentStart;
        return length > 0
                && length <= 2
                && out.indexOf(".", segmentStart) == segmentStart
                && out.charAt(out.length() - 1) == '.';
    }

    private String segmentProblem() {
        return out.length() == segmentStart ? "it has an empty segment" : "it has a dot segment";
    }

    private String escapeProblem(int at) {
        int value = byteAt(raw, at);
        if (value < 0) {
            return "it has a broken escape";
        }
        return switch (value) {
            case '/', '\\' -> "it has an encoded slash or backslash";
            case ';' -> "it has an encoded semicolon";
            default -> value < 0x80 ? "it has an encoded control character" : "its escapes are not UTF-8 text";
        };
    }

    private static String characterProblem(char c) {
        return switch (c) {
            case ';' -> "it has a semicolon";
            case '\\' -> "it has a backslash";
            default -> "it has a character that must be escaped";
        };
    }

    /** Judged once all escapes are undone that can be: the digits of the second layer may have been escaped as well. */
    private static boolean isEncodedTwice(String path) {
        for (int at = path.indexOf("%25"); at >= 0; at = path.indexOf("%25", at + 3)) {
            if (at + 4 < path.length() && hexValue(path.charAt(at + 3)) >= 0 && hexValue(path.charAt(at + 4)) >= 0) {
                return true;
            }
        }
        return false;
    }

    private static int byteAt(String text, int at) {
        if (at + 2 >= text.length() || text.charAt(at) != '%') {
            return -1;
        }
        int high = hexValue(text.charAt(at + 1));
        int low = hexValue(text.charAt(at + 2));
        return high < 0 || low < 0 ? -1 : high << 4 | low;
    }

    private static int hexValue(char c) {
        return c < 0x80 ? Character.digit(c, 16) : -1;
    }

    private static char hexDigit(int value) {
        return (char) (value < 10 ? '0' + value : 'A' + value - 10);
    }

    private static boolean isPlain(char c) {
        return isUnreserved(c) || PLAIN_BEYOND_UNRESERVED.indexOf(c) >= 0;
    }

    private static boolean isUnreserved(char c) {
        return c >= 'a' && c <= 'z'
                || c >= 'A' && c <= 'Z'
                || c >= '0' && c <= '9'
                || c == '-'
                || c == '.'
                || c == '_'
                || c == '~';
    }
}
