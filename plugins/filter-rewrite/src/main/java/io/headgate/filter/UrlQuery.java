package io.headgate.filter;

import io.headgate.api.Problem;
import io.headgate.api.SpecProblem;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The query of a URL, in and out: one reading of what came, and one writing of what leaves. */
final class UrlQuery {

    /** Beside letters and digits; a semicolon separates parameters for some, and a plus is a space for most. */
    private static final String PLAIN = "-._~,:()*$";

    private static final char[] HEX = "0123456789ABCDEF".toCharArray();

    private UrlQuery() {}

    static List<Parameter> read(@Nullable String rawQuery) {
        List<Parameter> parameters = new ArrayList<>();
        if (rawQuery == null) {
            return parameters;
        }
        int from = 0;
        while (from <= rawQuery.length()) {
            int ampersand = rawQuery.indexOf('&', from);
            int end = ampersand < 0 ? rawQuery.length() : ampersand;
            if (end > from) {
                int equals = rawQuery.indexOf('=', from);
                boolean hasValue = equals >= 0 && equals < end;
                parameters.add(new Parameter(
                        decoded(rawQuery, from, hasValue ? equals : end),
                        hasValue ? decoded(rawQuery, equals + 1, end) : ""));
            }
            from = end + 1;
        }
        return parameters;
    }

    static String write(List<Parameter> parameters) {
        var out = new StringBuilder(256);
        for (Parameter parameter : parameters) {
            if (!out.isEmpty()) {
                out.append('&');
            }
            encode(parameter.name(), out);
            out.append('=');
            encode(parameter.value(), out);
        }
        return out.toString();
    }

    private static String decoded(String raw, int from, int end) {
        byte[] bytes = new byte[end - from];
        int length = 0;
        for (int i = from; i < end; i++) {
            char c = raw.charAt(i);
            if (c == '%') {
                boolean isWhole = i + 2 < end;
                int high = isWhole ? Character.digit(raw.charAt(i + 1), 16) : -1;
                int low = isWhole ? Character.digit(raw.charAt(i + 2), 16) : -1;
                if (high < 0 || low < 0) {
                    throw unreadable();
                }
                bytes[length++] = (byte) (high << 4 | low);
                i += 2;
            } else if (c > 0x7F) {
                throw unreadable();
            } else {
                bytes[length++] = (byte) (c == '+' ? ' ' : c);
            }
        }
        return utf8(ByteBuffer.wrap(bytes, 0, length));
    }

    /** What is no text in UTF-8 is refused, and not mended: two readers would mend it in two ways. */
    static String utf8(ByteBuffer bytes) {
        try {
            CharBuffer text = StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)
                    .decode(bytes);
            return text.toString();
        } catch (CharacterCodingException e) {
            throw unreadable();
        }
    }

    private static RuntimeException unreadable() {
        return new Problem.InvalidQuery(List.of(
                        new SpecProblem("", "not readable (expected: UTF-8, and two hexadecimal digits behind '%')")))
                .asException();
    }

    private static void encode(String text, StringBuilder out) {
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            char c = (char) (b & 0xFF);
            if (c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || PLAIN.indexOf(c) >= 0) {
                out.append(c);
            } else {
                out.append('%').append(HEX[c >> 4]).append(HEX[c & 15]);
            }
        }
    }
}
