package io.headgate.api;

/** The id that names one request in answers, logs, traces and the audit. */
public record RequestId(String value) {

    public static final ExchangeKey<RequestId> KEY = ExchangeKey.of(RequestId.class);
    public static final String HEADER = "X-Request-Id";

    private static final int MAX_LENGTH = 128;

    public RequestId {
        if (!isAcceptable(value)) {
            throw new IllegalArgumentException("request id (expected: 1-128 of A-Za-z0-9._-)");
        }
    }

    /** Whether an id that a client chose may be kept. */
    public static boolean isAcceptable(String value) {
        if (value.isEmpty() || value.length() > MAX_LENGTH) {
            return false;
        }
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            boolean allowed = c >= 'a' && c <= 'z'
                    || c >= 'A' && c <= 'Z'
                    || c >= '0' && c <= '9'
                    || c == '.'
                    || c == '_'
                    || c == '-';
            if (!allowed) {
                return false;
            }
        }
        return true;
    }

    @Override
    public String toString() {
        return value;
    }
}
