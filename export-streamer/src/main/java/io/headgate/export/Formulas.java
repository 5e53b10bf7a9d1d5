package io.headgate.export;

/** What spreadsheets take for a formula when they open a CSV, so that a text that a stranger wrote would run there. */
final class Formulas {

    private Formulas() {}

    static boolean begin(byte[] text, int from, int end) {
        if (from == end) {
            return false;
        }
        return switch (text[from]) {
            case '=', '+', '-', '@', '\t', '\r', '\n' -> true;
            case (byte) 0xEF -> end - from >= 3 && isFullWidth(text[from + 1], text[from + 2]);
            default -> false;
        };
    }

    /** The same signs as East Asian keyboards write them, U+FF1D, U+FF0B, U+FF0D and U+FF20; some programs read them alike. */
    private static boolean isFullWidth(byte second, byte third) {
        return second == (byte) 0xBC
                && (third == (byte) 0x9D || third == (byte) 0x8B || third == (byte) 0x8D || third == (byte) 0xA0);
    }
}
