package io.headgate.pagination;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferFactory;
import org.springframework.core.io.buffer.DataBufferUtils;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * One answer on its way from the backend to the client: the bytes of its items pass in slices of the buffers that they
 * came in, everything else is left out, and the envelope is put around. Until so many bytes wait as may be held, or the
 * answer ends, nothing leaves: an answer that ends before is known whole when its head goes.
 */
final class PageBody implements JsonScanner.Items {

    private static final int WINDOW = 4 * 1_024;
    private static final byte[] HEAD = "{\"data\":".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] EMPTY = "[]".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] CLOSE = "]".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] BYTE_ORDER_MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};
    private static final int OUTSIDE = -1;

    /** What stands behind the items. */
    interface Ending {
        /** Called once, when the last byte of the answer has been read. */
        byte[] of(PageSeen seen);

        /** Called before the first byte leaves, if that is at the end: then the length is known. */
        void wholeAnswer(long length);
    }

    private final DataBufferFactory buffers;
    private final Ending ending;
    private final JsonScanner scanner;
    private final long maxItems;
    private final long maxHeld;
    private final byte[] window = new byte[WINDOW];
    private final List<DataBuffer> held = new ArrayList<>();
    private final List<DataBuffer> pieces = new ArrayList<>(4);

    private long heldBytes;
    private long read;
    private boolean released;
    private boolean over;
    private boolean isCut;
    private @Nullable DataBuffer current;
    /** Where in the current buffer the bytes begin that pass. */
    private int passFrom = OUTSIDE;

    /** @param maxItems what comes after these is left out */
    PageBody(
            DataBufferFactory buffers,
            UpstreamPages upstream,
            PaginationProperties limits,
            long maxItems,
            Ending ending) {
        this.buffers = buffers;
        this.ending = ending;
        this.maxItems = maxItems;
        this.maxHeld = limits.heldAnswer().toBytes();
        this.scanner = new JsonScanner(
                new PageTargets(
                        UpstreamPages.tokens(upstream.items()),
                        upstream.total().map(UpstreamPages::tokens),
                        upstream.next().map(UpstreamPages::tokens)),
                limits.maxDepth(),
                limits.maxBackendCursor(),
                WINDOW,
                this);
    }

    Flux<DataBuffer> rewrite(Flux<DataBuffer> body) {
        return body.<DataBuffer>handle((buffer, sink) -> {
                    DataBuffer passing;
                    try {
                        passing = take(buffer);
                    } catch (RuntimeException e) {
                        sink.error(e);
                        return;
                    }
                    if (passing != null) {
                        sink.next(passing);
                    }
                })
                .concatWith(Mono.fromSupplier(this::end))
                .doFinally(signal -> giveBack());
    }

    private @Nullable DataBuffer take(DataBuffer buffer) {
        try {
            current = buffer;
            int from = buffer.readPosition();
            int end = buffer.writePosition();
            passFrom = passFrom == OUTSIDE ? OUTSIDE : from;
            for (int at = afterMark(buffer); at < end; at += WINDOW) {
                int length = Math.min(WINDOW, end - at);
                buffer.toByteBuffer(at, ByteBuffer.wrap(window), 0, length);
                scanner.scan(window, length, at);
            }
            read += end - from;
            pass(end);
            return emit();
        } finally {
            current = null;
            DataBufferUtils.release(buffer);
        }
    }

    /** Some backends begin with a mark that is no part of the document. */
    private int afterMark(DataBuffer buffer) {
        int from = buffer.readPosition();
        boolean isMark = read == 0 && buffer.readableByteCount() >= BYTE_ORDER_MARK.length;
        for (int i = 0; isMark && i < BYTE_ORDER_MARK.length; i++) {
            isMark = buffer.getByte(from + i) == BYTE_ORDER_MARK[i];
        }
        return isMark ? from + BYTE_ORDER_MARK.length : from;
    }

    @Override
    public void opened(int at) {
        pieces.add(buffers.wrap(HEAD));
        passFrom = at;
    }

    @Override
    public void separated(int at) {
        if (scanner.count() == maxItems && !isCut) {
            isCut = true;
            pass(at);
            passFrom = OUTSIDE;
        }
    }

    @Override
    public void closed(int at) {
        if (isCut) {
            pieces.add(buffers.wrap(CLOSE));
        } else {
            pass(at + 1);
            passFrom = OUTSIDE;
        }
    }

    @Override
    public void absent() {
        pieces.add(buffers.wrap(HEAD));
        pieces.add(buffers.wrap(EMPTY));
    }

    private void pass(int to) {
        DataBuffer buffer = current;
        if (buffer != null && passFrom != OUTSIDE && to > passFrom) {
            pieces.add(DataBufferUtils.retain(slice(buffer, passFrom, to - passFrom)));
        }
    }

    @SuppressWarnings("deprecation") // what replaced it moves the buffer's own positions
    private static DataBuffer slice(DataBuffer buffer, int from, int length) {
        return buffer.slice(from, length);
    }

    private @Nullable DataBuffer emit() {
        if (released) {
            return pieces.isEmpty() ? null : joined(pieces);
        }
        hold();
        if (heldBytes <= maxHeld) {
            return null;
        }
        released = true;
        return joined(held);
    }

    private void hold() {
        for (DataBuffer piece : pieces) {
            heldBytes += piece.readableByteCount();
        }
        held.addAll(pieces);
        pieces.clear();
    }

    private DataBuffer end() {
        scanner.finish();
        long items = isCut ? maxItems : scanner.count();
        byte[] tail = ending.of(new PageSeen(items, isCut, scanner.total(), scanner.next()));
        pieces.add(buffers.wrap(tail));
        if (released) {
            return joined(pieces);
        }
        hold();
        released = true;
        ending.wholeAnswer(heldBytes);
        return joined(held);
    }

    private DataBuffer joined(List<DataBuffer> parts) {
        DataBuffer joined = parts.size() == 1 ? parts.getFirst() : buffers.join(List.copyOf(parts));
        parts.clear();
        return joined;
    }

    /** What will not leave any more, once the answer has ended in whatever way. */
    private void giveBack() {
        if (!over) {
            over = true;
            held.forEach(DataBufferUtils::release);
            pieces.forEach(DataBufferUtils::release);
            held.clear();
            pieces.clear();
        }
    }
}
