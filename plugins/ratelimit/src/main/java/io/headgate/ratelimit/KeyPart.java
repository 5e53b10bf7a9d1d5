package io.headgate.ratelimit;

import java.util.Arrays;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** By what a limit tells requests apart. */
sealed interface KeyPart {

    /** As documents write it. */
    String word();

    /** What is known of a request without asking the client. */
    enum Known implements KeyPart {
        TENANT("tenant"),
        USER("user"),
        API_KEY("apiKey"),
        ROUTE("route"),
        IP("ip");

        private final String word;

        Known(String word) {
            this.word = word;
        }

        @Override
        public String word() {
            return word;
        }

        /** Whether it belongs to one tenant, so that its buckets live where that tenant's other buckets do. */
        boolean isOfOneTenant() {
            return this == TENANT || this == USER || this == API_KEY;
        }
    }

    /** A header, by the hash of its value. */
    record Header(String name) implements KeyPart {

        private static final String PREFIX = "header:";
        private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,63}");

        public Header {
            if (!NAME.matcher(name).matches()) {
                throw new IllegalArgumentException("'" + name + "' (expected: the name of a header)");
            }
        }

        @Override
        public String word() {
            return PREFIX + name;
        }
    }

    static KeyPart parse(String text) {
        if (text.startsWith(Header.PREFIX)) {
            return new Header(text.substring(Header.PREFIX.length()).toLowerCase(Locale.ROOT));
        }
        return Arrays.stream(Known.values())
                .filter(known -> known.word.equals(text))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("'" + text + "' (expected: one of "
                        + Arrays.stream(Known.values()).map(Known::word).collect(Collectors.joining(", "))
                        + ", header:<name>)"));
    }
}
