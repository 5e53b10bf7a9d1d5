package io.headgate.pagination;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferFactory;
import org.springframework.core.io.buffer.DataBufferUtils;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Inflates what a backend compressed although it was asked not to. What one buffer holds comes out in chunks, each only
 * once it is asked for, so that no answer is larger here than a buffer and a chunk.
 */
final class Gunzip {

    private static final int CHUNK = 16 * 1_024;
    private static final int HEADER = 10;
    private static final int TRAILER = 8;
    private static final int MAX_HEADER = 4_096;

    private static final int HAS_CHECKSUM = 2;
    private static final int HAS_EXTRA = 4;
    private static final int HAS_NAME = 8;
    private static final int HAS_COMMENT = 16;

    private final DataBufferFactory buffers;
    private final Inflater inflater = new Inflater(true);
    private final CRC32 checksum = new CRC32();
    private final ByteArrayOutputStream header = new ByteArrayOutputStream(HEADER);
    private final ByteBuffer trailer = ByteBuffer.allocate(TRAILER);
    private boolean inBody;
    private boolean isOver;

    private Gunzip(DataBufferFactory buffers) {
        this.buffers = buffers;
    }

    static Flux<DataBuffer> inflate(Flux<DataBuffer> body, String encoding, DataBufferFactory buffers) {
        if (!encoding.equalsIgnoreCase("gzip") && !encoding.equalsIgnoreCase("x-gzip")) {
            throw Refusals.brokenAnswer("it is encoded as something else than gzip, and was asked for as it is");
        }
        return Flux.using(() -> new Gunzip(buffers), gunzip -> gunzip.inflate(body), gunzip -> gunzip.inflater.end());
    }

    private Flux<DataBuffer> inflate(Flux<DataBuffer> body) {
        return body.concatMapIterable(this::chunks, 1).concatWith(Mono.defer(this::requireEnd));
    }

    private Mono<DataBuffer> requireEnd() {
        return isOver ? Mono.empty() : Mono.error(Refusals.brokenAnswer("its gzip ends in the middle"));
    }

    private Iterable<DataBuffer> chunks(DataBuffer buffer) {
        byte[] bytes = new byte[buffer.readableByteCount()];
        buffer.read(bytes);
        DataBufferUtils.release(buffer);
        return () -> new Chunks(ByteBuffer.wrap(bytes));
    }

    /** The chunks of one buffer. */
    private final class Chunks implements Iterator<DataBuffer> {
        private final ByteBuffer input;
        private byte[] ready = new byte[0];

        Chunks(ByteBuffer input) {
            this.input = input;
        }

        @Override
        public boolean hasNext() {
            if (ready.length == 0) {
                ready = chunk(input);
            }
            return ready.length > 0;
        }

        @Override
        public DataBuffer next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            byte[] chunk = ready;
            ready = new byte[0];
            return buffers.wrap(chunk);
        }
    }

    /** The next chunk; empty where more of the input is needed. */
    private byte[] chunk(ByteBuffer input) {
        while (input.hasRemaining() || inBody) {
            if (isOver) {
                throw Refusals.brokenAnswer("there are bytes behind its gzip");
            }
            if (inBody) {
                byte[] chunk = inflated(input);
                if (chunk.length > 0 || inBody) {
                    return chunk;
                }
            } else if (trailer.position() > 0 || inflater.finished()) {
                trail(input.get());
            } else {
                lead(input.get());
            }
        }
        return new byte[0];
    }

    private byte[] inflated(ByteBuffer input) {
        try {
            if (inflater.needsInput()) {
                inflater.setInput(input);
            }
            byte[] chunk = new byte[CHUNK];
            int length = inflater.inflate(chunk);
            if (inflater.finished() || inflater.needsDictionary()) {
                inBody = false;
            }
            checksum.update(chunk, 0, length);
            return length == CHUNK ? chunk : java.util.Arrays.copyOf(chunk, length);
        } catch (DataFormatException e) {
            throw Refusals.brokenAnswer("its gzip is damaged");
        }
    }

    private void lead(byte b) {
        header.write(b);
        if (header.size() > MAX_HEADER) {
            throw Refusals.brokenAnswer("its gzip has a header of more than " + MAX_HEADER + " bytes");
        }
        inBody = header.size() >= HEADER && isWholeHeader(header.toByteArray());
    }

    private static boolean isWholeHeader(byte[] bytes) {
        if ((bytes[0] & 0xFF) != 0x1F || (bytes[1] & 0xFF) != 0x8B || bytes[2] != 8) {
            throw Refusals.brokenAnswer("it is not gzip, and says that it is");
        }
        int flags = bytes[3];
        int at = HEADER;
        if ((flags & HAS_EXTRA) != 0) {
            if (bytes.length < at + 2) {
                return false;
            }
            at += 2 + (bytes[at] & 0xFF) + ((bytes[at + 1] & 0xFF) << 8);
        }
        for (int text : new int[] {HAS_NAME, HAS_COMMENT}) {
            if ((flags & text) != 0) {
                while (at < bytes.length && bytes[at] != 0) {
                    at++;
                }
                at++;
            }
        }
        return bytes.length >= at + ((flags & HAS_CHECKSUM) != 0 ? 2 : 0);
    }

    private void trail(byte b) {
        trailer.put(b);
        if (!trailer.hasRemaining()) {
            trailer.flip();
            long expected = Integer.toUnsignedLong(Integer.reverseBytes(trailer.getInt()));
            if (expected != checksum.getValue()) {
                throw Refusals.brokenAnswer("its gzip is damaged");
            }
            isOver = true;
        }
    }
}
