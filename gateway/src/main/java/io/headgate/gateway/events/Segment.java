package io.headgate.gateway.events;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;
import java.util.zip.CRC32C;

/**
 * One mapped file of the spool: records back to back from {@link #START} on, each a word and its bytes, padded to eight.
 *
 * <p>The word is all that writers agree on. It goes from 0 to <em>claimed</em> with a length, by one compare-and-set
 * where the last record ends, and from there to <em>published</em> with a checksum, after the bytes. So the file itself
 * tells, at every moment and to whoever comes after a crash, how far each writer got: a claim that was never published
 * has a length and is stepped over, and what others wrote behind it is found.
 */
final class Segment implements AutoCloseable {

    static final int START = 16;

    private static final long MAGIC = 0x484753504f4f4c31L;
    private static final VarHandle WORD = ValueLayout.JAVA_LONG.varHandle();
    private static final int WORD_SIZE = Long.BYTES;
    private static final int MAX_LENGTH = (1 << 30) - 2;
    private static final long SEAL = -1L;

    /** What stands at a place of a segment. */
    enum State {
        FREE,
        CLAIMED,
        PUBLISHED,
        /** Claimed by a writer that failed before it had copied its bytes. */
        VOID,
        /** Nothing follows in this segment. */
        SEALED
    }

    private final Path file;
    private final int number;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment map;
    private final boolean frozen;

    /** Where the last record ends, or earlier: writers look onwards from there. */
    private volatile long tail = START;

    private Segment(Path file, int number, boolean frozen) throws IOException {
        this.file = file;
        this.number = number;
        this.frozen = frozen;
        try (var channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            this.map = channel.map(FileChannel.MapMode.READ_WRITE, 0, channel.size(), arena);
        }
        if (frozen) {
            tail = end();
        }
    }

    /**
     * Makes a segment of zeros that were really written, so that a full disk shows here: under a sparse map it would end
     * the process at some later store.
     */
    static Segment create(Path directory, int number, long size) throws IOException {
        Path file = directory.resolve(name(number));
        Path temporary = file.resolveSibling(file.getFileName() + ".tmp");
        Files.deleteIfExists(temporary);
        try {
            writeZeros(temporary, size);
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            Files.deleteIfExists(temporary);
            throw e;
        }
        var segment = new Segment(file, number, false);
        segment.touch();
        return segment;
    }

    /** Takes the page faults here instead of on the event loop. */
    private void touch() {
        for (long at = START; at < map.byteSize(); at += 4096) {
            WORD.compareAndSet(map, at, 0L, 0L);
        }
    }

    private static void writeZeros(Path file, long size) throws IOException {
        var ownerOnly = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
        ByteBuffer block = ByteBuffer.allocateDirect((int) Math.min(size, 1 << 16));
        try (var channel =
                FileChannel.open(file, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), ownerOnly)) {
            block.order(ByteOrder.nativeOrder()).putLong(0, MAGIC);
            for (long written = 0; written < size; ) {
                written += channel.write(block.limit((int) Math.min(block.capacity(), size - written)));
                if (!block.hasRemaining()) {
                    block.clear().putLong(0, 0);
                }
            }
            channel.force(true);
        }
    }

    /** A segment of an earlier process: nobody writes to it any more. */
    static Segment recover(Path file, int number) throws IOException {
        var segment = new Segment(file, number, true);
        if (segment.map.byteSize() < START + WORD_SIZE || segment.map.get(ValueLayout.JAVA_LONG, 0) != MAGIC) {
            segment.close();
            throw new IOException(file + " is no segment of a spool");
        }
        return segment;
    }

    static String name(int number) {
        return "%010d.spool".formatted(number);
    }

    int number() {
        return number;
    }

    long size() {
        return map.byteSize();
    }

    /** The largest record that a segment of this size takes. */
    static int capacity(long size) {
        return (int) Math.min(MAX_LENGTH, size - START - 2 * WORD_SIZE);
    }

    /** @return false when it does not fit any more; from then on nothing does */
    boolean append(byte[] bytes) {
        long needed = footprint(bytes.length);
        long at = tail;
        while (true) {
            boolean fits = at + needed <= map.byteSize() - WORD_SIZE; // the last word is kept for the seal
            long claim = fits ? word(State.CLAIMED, bytes.length, 0) : SEAL;
            long found = (long) WORD.compareAndExchange(map, at, 0L, claim);
            if (found == SEAL || found == 0 && !fits) {
                return false;
            }
            if (found == 0) {
                tail = at + needed;
                write(at, bytes);
                return true;
            }
            at += footprint(length(found)); // somebody was faster
        }
    }

    private void write(long at, byte[] bytes) {
        long published = word(State.VOID, bytes.length, 0);
        try {
            int checksum = checksum(bytes);
            MemorySegment.copy(bytes, 0, map, ValueLayout.JAVA_BYTE, at + WORD_SIZE, bytes.length);
            published = word(State.PUBLISHED, bytes.length, checksum);
        } finally {
            WORD.setRelease(map, at, published);
        }
    }

    State state(long at) {
        return stateOf((long) WORD.getAcquire(map, at));
    }

    /** The bytes published at a place; empty where they are not what was written. */
    Optional<byte[]> read(long at) {
        long word = (long) WORD.getAcquire(map, at);
        byte[] bytes = new byte[length(word)];
        MemorySegment.copy(map, ValueLayout.JAVA_BYTE, at + WORD_SIZE, bytes, 0, bytes.length);
        return checksum(bytes) == (int) word ? Optional.of(bytes) : Optional.empty();
    }

    /** Where the record after the one at {@code at} begins; where that makes no sense, the segment's last word. */
    long after(long at) {
        long last = map.byteSize() - WORD_SIZE;
        return Math.min(last, at + footprint(length((long) WORD.getAcquire(map, at))));
    }

    /** Whether the record at a place lies within the segment, as all do but those that a power cut garbled. */
    boolean isWhole(long at) {
        return at + footprint(length((long) WORD.getAcquire(map, at))) <= map.byteSize() - WORD_SIZE;
    }

    boolean isFrozen() {
        return frozen;
    }

    boolean isSealed() {
        return state(end()) == State.SEALED;
    }

    /** Bytes from {@code from} to the last record's end. */
    long used(long from) {
        return Math.max(0, tail - from);
    }

    private long end() {
        long at = tail;
        long last = map.byteSize() - WORD_SIZE;
        while (at < last && state(at) != State.FREE && state(at) != State.SEALED) {
            at = after(at);
        }
        return at;
    }

    /** Has the disk take what was published; the kernel alone needs no telling. */
    void force() {
        map.asSlice(0, Math.min(map.byteSize(), tail + WORD_SIZE)).force();
    }

    @Override
    public void close() {
        arena.close();
    }

    void delete() throws IOException {
        close();
        Files.deleteIfExists(file);
    }

    private static int checksum(byte[] bytes) {
        var crc = new CRC32C();
        crc.update(bytes);
        return (int) crc.getValue();
    }

    private static long footprint(int length) {
        return (WORD_SIZE + (long) length + 7) & ~7L;
    }

    private static long word(State state, int length, int checksum) {
        return (long) state.ordinal() << 62 | (long) length << 32 | Integer.toUnsignedLong(checksum);
    }

    private static State stateOf(long word) {
        if (word == SEAL) {
            return State.SEALED;
        }
        return switch ((int) (word >>> 62)) {
            case 0 -> State.FREE;
            case 1 -> State.CLAIMED;
            case 2 -> State.PUBLISHED;
            default -> State.VOID;
        };
    }

    private static int length(long word) {
        return (int) (word >>> 32) & (1 << 30) - 1;
    }
}
