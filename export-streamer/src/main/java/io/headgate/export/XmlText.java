package io.headgate.export;

/** Text between tags of a workbook. What XML has no place for is written as workbooks write it: {@code _x0001_}. */
final class XmlText {

    private static final boolean[] SPECIAL = new boolean[256];
    private static final String HEX = "0123456789ABCDEF";

    static {
        for (int c = 0; c < ' '; c++) {
            SPECIAL[c] = c != '\t' && c != '\n';
        }
        for (char c : new char[] {'&', '<', '>', '_', 0xEF}) {
            SPECIAL[c] = true;
        }
    }

    private XmlText() {}

    static void write(byte[] text, int from, int end, Out xml) {
        int copied = from;
        for (int i = from; i < end; i++) {
            if (SPECIAL[text[i] & 0xFF]) {
                int length = length(text, i, end);
                if (length > 0) {
                    xml.write(text, copied, i - copied);
                    escaped(text, i, xml);
                    copied = i + length;
                    i = copied - 1;
                }
            }
        }
        xml.write(text, copied, end - copied);
    }

    /** How many bytes make what must be written differently; 0 where it may stay. */
    private static int length(byte[] text, int at, int end) {
        return switch (text[at]) {
            case '_' -> looksEscaped(text, at, end) ? 1 : 0;
            case (byte) 0xEF -> isNoCharacter(text, at, end) ? 3 : 0;
            default -> 1;
        };
    }

    private static void escaped(byte[] text, int at, Out xml) {
        switch (text[at]) {
            case '&' -> xml.text("&amp;");
            case '<' -> xml.text("&lt;");
            case '>' -> xml.text("&gt;");
            case (byte) 0xEF -> xml.text(text[at + 2] == (byte) 0xBE ? "_xFFFE_" : "_xFFFF_");
            default -> {
                xml.text("_x00");
                xml.write(HEX.charAt(text[at] >> 4));
                xml.write(HEX.charAt(text[at] & 15));
                xml.write('_');
            }
        }
    }

    /** A text that says {@code _x0041_} itself would be read as an A. */
    private static boolean looksEscaped(byte[] text, int at, int end) {
        if (end - at < 7 || text[at + 1] != 'x' || text[at + 6] != '_') {
            return false;
        }
        for (int i = at + 2; i < at + 6; i++) {
            if (Character.digit(text[i], 16) < 0) {
                return false;
            }
        }
        return true;
    }

    private static boolean isNoCharacter(byte[] text, int at, int end) {
        return end - at >= 3
                && text[at + 1] == (byte) 0xBF
                && (text[at + 2] == (byte) 0xBE || text[at + 2] == (byte) 0xBF);
    }
}
