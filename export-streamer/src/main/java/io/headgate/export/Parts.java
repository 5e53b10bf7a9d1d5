package io.headgate.export;

import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Cuts content into the parts of one upload; one is filled while the one before it is on its way. */
final class Parts {

    private static final int SMALLEST = 64 * 1024;

    /** @param isOnly whether it is all that there is */
    record Part(int number, byte[] bytes, String sha256, boolean isOnly) {}

    private final PartSizes sizes;
    private final MessageDigest digest = Digests.sha256();
    private byte[] current = {};
    private int filled;
    private int number = 1;
    private long total;

    Parts(PartSizes sizes) {
        this.sizes = sizes;
    }

    /** An empty file is one empty part. */
    Flux<Part> of(Flux<DataBuffer> content) {
        return content.concatMapIterable(this::add, 1)
                .doOnDiscard(DataBuffer.class, DataBufferUtils::release)
                .concatWith(Mono.defer(() -> filled > 0 || number == 1 ? Mono.just(cut(number == 1)) : Mono.empty()));
    }

    private List<Part> add(DataBuffer buffer) {
        var full = new ArrayList<Part>(1);
        try (var blocks = buffer.readableByteBuffers()) {
            while (blocks.hasNext()) {
                var block = blocks.next();
                digest.update(block.duplicate());
                total += block.remaining();
                while (block.hasRemaining()) {
                    if (filled == sizes.of(number)) {
                        full.add(cut(false));
                    }
                    makeRoom();
                    int count = Math.min(block.remaining(), current.length - filled);
                    block.get(current, filled, count);
                    filled += count;
                }
            }
        } finally {
            DataBufferUtils.release(buffer);
        }
        return full;
    }

    /** Grows as a list does: a small file never takes a whole part's memory. */
    private void makeRoom() {
        if (filled == current.length) {
            current = Arrays.copyOf(current, (int) Math.min(sizes.of(number), Math.max(SMALLEST, 2L * current.length)));
        }
    }

    private Part cut(boolean isOnly) {
        byte[] bytes = filled == current.length ? current : Arrays.copyOf(current, filled);
        var part = new Part(number++, bytes, Digests.hex(bytes), isOnly);
        current = new byte[0];
        filled = 0;
        return part;
    }

    long bytes() {
        return total;
    }

    /** Once all parts are cut. */
    String sha256() {
        return HexFormat.of().formatHex(digest.digest());
    }
}
