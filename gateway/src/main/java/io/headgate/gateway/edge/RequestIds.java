package io.headgate.gateway.edge;

import java.time.InstantSource;
import java.util.concurrent.ThreadLocalRandom;

/** Makes ids for requests that came without one: UUIDs of version 7, which sort by time. */
final class RequestIds {

    private static final char[] HEX = "0123456789abcdef".toCharArray();

    private final InstantSource clock;

    RequestIds(InstantSource clock) {
        this.clock = clock;
    }

    String next() {
        var random = ThreadLocalRandom.current();
        long high = clock.millis() << 16 | 0x7000 | random.nextInt(0x1000);
        long low = random.nextLong() & 0x3FFF_FFFF_FFFF_FFFFL | 0x8000_0000_0000_0000L;
        byte[] text = new byte[36];
        write(text, 0, high >>> 32, 8);
        text[8] = '-';
        write(text, 9, high >>> 16, 4);
        text[13] = '-';
        write(text, 14, high, 4);
        text[18] = '-';
        write(text, 19, low >>> 48, 4);
        text[23] = '-';
        write(text, 24, low, 12);
        return new String(text, java.nio.charset.StandardCharsets.ISO_8859_1);
    }

    private static void write(byte[] text, int at, long value, int digits) {
        for (int i = digits - 1; i >= 0; i--) {
            text[at + i] = (byte) HEX[(int) (value & 0xF)];
            value >>>= 4;
        }
    }
}
