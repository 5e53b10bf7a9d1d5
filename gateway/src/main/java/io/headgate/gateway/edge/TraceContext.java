package io.headgate.gateway.edge;

import io.headgate.api.ExchangeKey;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * One request's place in its trace, after W3C Trace Context.
 *
 * @param parentSpanId empty where the trace begins here
 * @param serverSpan the gateway's own span
 * @param clientSpan the call of the backend, a child of the gateway's span; the backend sees it as its parent
 * @param sampled what the backend is told; a failure is exported even so
 */
record TraceContext(String traceId, String parentSpanId, long serverSpan, long clientSpan, boolean sampled) {

    static final ExchangeKey<TraceContext> KEY = ExchangeKey.of(TraceContext.class);
    static final String PARENT_HEADER = "traceparent";
    static final String STATE_HEADER = "tracestate";

    private static final int MAX_STATE_LENGTH = 512; // what W3C Trace Context asks everyone to pass on
    private static final HexFormat HEX = HexFormat.of();

    /** What a caller's {@code traceparent} says. */
    record Parent(String traceId, String spanId, boolean sampled) {

        private static final int LENGTH = 55;

        /** Empty where there is none, more than one, or one that breaks the format in any way. */
        static Optional<Parent> read(List<String> values) {
            if (values.size() != 1) {
                return Optional.empty();
            }
            String value = values.getFirst();
            return isWellFormed(value)
                    ? Optional.of(new Parent(value.substring(3, 35), value.substring(36, 52), isOdd(value.charAt(54))))
                    : Optional.empty();
        }

        private static boolean isWellFormed(String value) {
            return value.length() >= LENGTH
                    && hasKnownEnd(value)
                    && value.charAt(2) == '-'
                    && value.charAt(35) == '-'
                    && value.charAt(52) == '-'
                    && isId(value, 3, 35)
                    && isId(value, 36, 52)
                    && isHex(value, 53, 55);
        }

        /** Version 00 ends after the flags; a later one may go on after another dash, and ff is none. */
        private static boolean hasKnownEnd(String value) {
            if (value.startsWith("00")) {
                return value.length() == LENGTH;
            }
            return isHex(value, 0, 2)
                    && !value.startsWith("ff")
                    && (value.length() == LENGTH || value.charAt(LENGTH) == '-');
        }

        private static boolean isId(String value, int from, int to) {
            if (!isHex(value, from, to)) {
                return false;
            }
            for (int i = from; i < to; i++) {
                if (value.charAt(i) != '0') {
                    return true;
                }
            }
            return false;
        }

        private static boolean isHex(String value, int from, int to) {
            for (int i = from; i < to; i++) {
                char c = value.charAt(i);
                if (!(c >= '0' && c <= '9' || c >= 'a' && c <= 'f')) {
                    return false;
                }
            }
            return true;
        }

        private static boolean isOdd(char hexDigit) {
            return (Character.digit(hexDigit, 16) & 1) == 1;
        }
    }

    static String newTraceId(long high, long low) {
        return HEX.toHexDigits(high) + HEX.toHexDigits(low);
    }

    /** The {@code traceparent} that the backend gets. */
    String toBackend() {
        return "00-" + traceId + '-' + HEX.toHexDigits(clientSpan) + (sampled ? "-01" : "-00");
    }

    String serverSpanId() {
        return HEX.toHexDigits(serverSpan);
    }

    String clientSpanId() {
        return HEX.toHexDigits(clientSpan);
    }

    /** Whether a caller's {@code tracestate} is short enough to go on. */
    static boolean mayPass(List<String> states) {
        int length = states.size() - 1;
        for (String state : states) {
            length += state.length();
        }
        return length <= MAX_STATE_LENGTH;
    }
}
