package io.headgate.export;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Bytes on their way out: what has gathered is taken away as one piece. Never flushed, never closed, never waits. */
final class Out extends OutputStream {

    private static final int SMALLEST = 1024;

    private byte[] bytes = new byte[SMALLEST];
    private int length;

    @Override
    public void write(int b) {
        reserve(1);
        bytes[length++] = (byte) b;
    }

    @Override
    public void write(byte[] source) {
        write(source, 0, source.length);
    }

    @Override
    public void write(byte[] source, int from, int count) {
        reserve(count);
        System.arraycopy(source, from, bytes, length, count);
        length += count;
    }

    Out text(String text) {
        write(text.getBytes(StandardCharsets.UTF_8));
        return this;
    }

    int length() {
        return length;
    }

    /** What has gathered, where it lies: the first {@link #length} bytes, until more is written. */
    byte[] bytes() {
        return bytes;
    }

    void clear() {
        length = 0;
    }

    /** What has gathered; from here on it is the caller's. */
    byte[] take() {
        byte[] taken = length == bytes.length ? bytes : Arrays.copyOf(bytes, length);
        bytes = new byte[Math.max(SMALLEST, Math.min(bytes.length, length + SMALLEST))];
        length = 0;
        return taken;
    }

    /** Hands over what has gathered, and keeps the room for more. */
    void drainTo(OutputStream target) throws IOException {
        target.write(bytes, 0, length);
        length = 0;
    }

    private void reserve(int count) {
        int needed = Math.addExact(length, count);
        if (needed > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(needed, bytes.length * 2));
        }
    }
}
