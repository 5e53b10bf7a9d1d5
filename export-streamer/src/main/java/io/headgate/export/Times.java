package io.headgate.export;

/** Reads PostgreSQL's ISO form of dates and times, {@code 2026-11-21 10:15:30.25+00}, where it lies. */
final class Times {

    private static final int DAY = 10;
    private static final int HOUR = DAY + 1;
    private static final int TO_SECONDS = HOUR + 8;
    /** 1899-12-30: the day that is 0 in a workbook, as it counts from 1900 and takes that for a leap year. */
    private static final long WORKBOOK_EPOCH = -25_569;
    /** Up to here workbooks count wrongly. */
    private static final long FIRST_DAY = 61;

    private static final long LAST_DAY = 2_958_465;
    private static final int MILLIS_OF_DAY = 86_400_000;
    private static final long FRACTION = 10_000_000_000L;

    private Times() {}

    /** In ISO 8601: with a T, and an offset that is Z or has minutes. What that cannot write stays as it is: infinity, BC. */
    static void iso(byte[] text, int from, int end, Out out) {
        if (!isPlain(text, from, end)) {
            out.write(text, from, end - from);
            return;
        }
        out.write(text, from, DAY);
        out.write('T');
        int sign = offset(text, from, end);
        out.write(text, from + HOUR, sign - from - HOUR);
        if (sign < end) {
            offset(text, sign, end - sign, out);
        }
    }

    private static void offset(byte[] text, int sign, int length, Out out) {
        boolean isHours = length == 3;
        if (isHours && text[sign + 1] == '0' && text[sign + 2] == '0') {
            out.write('Z');
        } else {
            out.write(text, sign, length);
            if (isHours) {
                out.text(":00");
            }
        }
    }

    /** Whether a year of four digits begins a date that is after Christ, with nothing but an offset behind its time. */
    private static boolean isPlain(byte[] text, int from, int end) {
        return end - from >= TO_SECONDS
                && text[from + 4] == '-'
                && text[from + 7] == '-'
                && text[from + DAY] == ' '
                && text[from + HOUR + 2] == ':'
                && text[end - 1] != 'C';
    }

    private static int offset(byte[] text, int from, int end) {
        int at = from + TO_SECONDS;
        while (at < end && text[at] != '+' && text[at] != '-') {
            at++;
        }
        return at;
    }

    /**
     * The number that a workbook knows a day or a moment by, to the millisecond; the offset is left out, as workbooks have
     * no zones.
     *
     * @return false where it has none, and nothing was written
     */
    static boolean serial(byte[] text, int from, int end, Out out) {
        boolean isDay = end - from == DAY && text[from + 4] == '-' && text[from + 7] == '-';
        if (!isDay && !isPlain(text, from, end)) {
            return false;
        }
        long day = day(text, from) - WORKBOOK_EPOCH;
        long fraction = isDay ? 0 : (millis(text, from + HOUR, end) * FRACTION + MILLIS_OF_DAY / 2) / MILLIS_OF_DAY;
        if (day < FIRST_DAY || day > LAST_DAY) {
            return false;
        }
        out.text(Long.toString(day + fraction / FRACTION));
        if (fraction % FRACTION != 0) {
            out.write('.');
            out.text(Long.toString(FRACTION + fraction % FRACTION).substring(1));
        }
        return true;
    }

    private static long day(byte[] text, int from) {
        return java.time.LocalDate.of(number(text, from, 4), number(text, from + 5, 2), number(text, from + 8, 2))
                .toEpochDay();
    }

    private static long millis(byte[] text, int at, int end) {
        long seconds = (number(text, at, 2) * 60L + number(text, at + 3, 2)) * 60 + number(text, at + 6, 2);
        return seconds * 1000 + fraction(text, at + 8, end);
    }

    /** Thousandths; what is finer is cut off. */
    private static int fraction(byte[] text, int point, int end) {
        int millis = 0;
        if (point < end && text[point] == '.') {
            for (int i = point + 1, unit = 100; unit > 0 && i < end && text[i] >= '0' && text[i] <= '9'; i++) {
                millis += (text[i] - '0') * unit;
                unit /= 10;
            }
        }
        return millis;
    }

    private static int number(byte[] text, int from, int digits) {
        int number = 0;
        for (int i = from; i < from + digits; i++) {
            number = number * 10 + text[i] - '0';
        }
        return number;
    }
}
