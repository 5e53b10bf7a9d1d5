package io.headgate.perf;

import io.netty.buffer.ByteBuf;
import io.netty.util.ByteProcessor;
import java.nio.charset.StandardCharsets;

/** Just enough HTTP/1.1 to find where a head ends, what its status is and how long its body will be. */
final class Heads {
    private static final byte[] CONTENT_LENGTH = "content-length:".getBytes(StandardCharsets.US_ASCII);
    private static final int STATUS_AT = "HTTP/1.1 ".length();

    private Heads() {}

    /** The index behind the empty line, or -1 while it has not come yet. */
    static int end(ByteBuf in) {
        int to = in.writerIndex();
        int at = in.readerIndex();
        while (at < to) {
            int newline = in.forEachByte(at, to - at, ByteProcessor.FIND_LF);
            if (newline < 0) {
                return -1;
            }
            if (newline - at == 1 && in.getByte(at) == '\r' && at > in.readerIndex()) {
                return newline + 1;
            }
            at = newline + 1;
        }
        return -1;
    }

    static int status(ByteBuf in) {
        int at = in.readerIndex() + STATUS_AT;
        return digit(in, at) * 100 + digit(in, at + 1) * 10 + digit(in, at + 2);
    }

    /** The value of {@code Content-Length} in the head that ends at {@code end}, or -1 where it has none. */
    static long contentLength(ByteBuf in, int end) {
        int at = in.readerIndex();
        while (at < end) {
            int newline = in.forEachByte(at, end - at, ByteProcessor.FIND_LF);
            if (startsWithContentLength(in, at, newline)) {
                return number(in, at + CONTENT_LENGTH.length, newline);
            }
            at = newline + 1;
        }
        return -1;
    }

    private static boolean startsWithContentLength(ByteBuf in, int at, int newline) {
        if (newline - at <= CONTENT_LENGTH.length) {
            return false;
        }
        for (int i = 0; i < CONTENT_LENGTH.length; i++) {
            int c = in.getByte(at + i);
            if ((c >= 'A' && c <= 'Z' ? c + 32 : c) != CONTENT_LENGTH[i]) {
                return false;
            }
        }
        return true;
    }

    private static long number(ByteBuf in, int from, int to) {
        long value = 0;
        for (int i = from; i < to; i++) {
            byte c = in.getByte(i);
            if (c >= '0' && c <= '9') {
                value = value * 10 + c - '0';
            }
        }
        return value;
    }

    private static int digit(ByteBuf in, int at) {
        return in.getByte(at) - '0';
    }
}
