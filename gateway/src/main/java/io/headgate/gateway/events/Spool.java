package io.headgate.gateway.events;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Events on this machine's disk, in the order of their arrival, until they are acknowledged. Any number of threads
 * append; one reads. Appending is a copy into mapped memory, which outlives the process but not, by itself, the machine:
 * {@link #force} is for that. A thread of the spool's own does what touches the disk.
 */
final class Spool implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Spool.class);
    private static final Pattern SEGMENT = Pattern.compile("(\\d{10})\\.spool");
    private static final VarHandle WORD = ValueLayout.JAVA_LONG.varHandle();
    private static final Duration RETRY = Duration.ofSeconds(1);

    /** @param maxBytes on disk, in whole segments; at least three of them */
    record Settings(SpoolDirectory place, long segmentBytes, long maxBytes, Duration forceInterval) {

        Path directory() {
            return place.path();
        }

        int maxSegments() {
            return (int) Math.max(3, maxBytes / segmentBytes);
        }
    }

    /**
     * @param end what to acknowledge once these are where they belong
     * @param isFull whether it took as much as it may, so that there may be more
     */
    record Batch(List<byte[]> events, Position end, boolean isFull) {}

    record Position(int segment, int offset) {

        private static Position unpacked(long packed) {
            return new Position((int) (packed >>> 32), (int) packed);
        }

        private long packed() {
            return (long) segment << 32 | offset;
        }
    }

    private final Settings settings;
    private final FileChannel lockFile;
    private final FileLock lock;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment acknowledged;
    private final ScheduledExecutorService keeper;
    private final AtomicLong torn = new AtomicLong();
    private final AtomicLong damaged = new AtomicLong();

    /** All that are on disk, the current one included, the spare one not. */
    private final NavigableMap<Integer, Segment> segments = new TreeMap<>();

    private volatile Segment current;
    private volatile @Nullable Segment spare;

    /** The number of the oldest segment that the disk may not have in full. */
    private volatile int unforced;

    private Spool(Settings settings, FileChannel lockFile, FileLock lock) throws IOException {
        this.settings = settings;
        this.lockFile = lockFile;
        this.lock = lock;
        this.acknowledged = acknowledgements(settings.directory());
        int last = recover();
        current = Segment.create(settings.directory(), last + 1, settings.segmentBytes());
        unforced = current.number();
        segments.put(current.number(), current);
        if (position().segment() == 0) {
            acknowledge(new Position(segments.firstKey(), Segment.START));
        }
        keeper = Executors.newSingleThreadScheduledExecutor(
                task -> Thread.ofPlatform().daemon().name("events-spool").unstarted(task));
        keeper.execute(this::prepare);
        keeper.scheduleWithFixedDelay(this::prepare, RETRY.toMillis(), RETRY.toMillis(), TimeUnit.MILLISECONDS);
        if (settings.forceInterval().isPositive()) {
            long nanos = settings.forceInterval().toNanos();
            keeper.scheduleWithFixedDelay(this::forceCurrent, nanos, nanos, TimeUnit.NANOSECONDS);
        }
    }

    /** @throws IllegalStateException when another process has this directory, since two would overwrite each other */
    static Spool open(Settings settings) {
        try {
            Files.createDirectories(settings.directory());
            var file = FileChannel.open(
                    settings.directory().resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            FileLock lock = tryLock(file);
            if (lock == null) {
                file.close();
                throw new IllegalStateException("headgate.events.spool-dir: " + settings.directory()
                        + " is in use by another process (expected: a directory for this instance alone)");
            }
            return new Spool(settings, file, lock);
        } catch (IOException e) {
            throw new UncheckedIOException("headgate.events.spool-dir: " + settings.directory(), e);
        }
    }

    private static @Nullable FileLock tryLock(FileChannel file) throws IOException {
        try {
            return file.tryLock();
        } catch (OverlappingFileLockException e) {
            return null; // by this very process
        }
    }

    private MemorySegment acknowledgements(Path directory) throws IOException {
        try (var file = FileChannel.open(
                directory.resolve("acknowledged"),
                StandardOpenOption.CREATE,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE)) {
            return file.map(FileChannel.MapMode.READ_WRITE, 0, Long.BYTES, arena);
        }
    }

    /** @return the highest number in use */
    private int recover() throws IOException {
        List<Path> files = new ArrayList<>();
        try (Stream<Path> found = Files.list(settings.directory())) {
            found.sorted().forEach(files::add);
        }
        int last = position().segment();
        for (Path file : files) {
            Matcher name = SEGMENT.matcher(file.getFileName().toString());
            if (file.toString().endsWith(".tmp")) {
                Files.delete(file);
            } else if (name.matches()) {
                int number = Integer.parseInt(name.group(1));
                last = Math.max(last, number);
                if (number < position().segment()) {
                    Files.delete(file);
                } else {
                    segments.put(number, Segment.recover(file, number));
                }
            }
        }
        return last;
    }

    // ---- writing

    /** @return false when there is no room; never blocks */
    boolean append(byte[] event) {
        while (true) {
            Segment segment = current;
            try {
                if (segment.append(event)) {
                    return true;
                }
                if (!roll(segment)) {
                    return false;
                }
            } catch (IllegalStateException e) {
                if (segment == current) {
                    throw e; // the spool is closed
                } // else the segment was read to its end and taken away before we looked at it
            }
        }
    }

    /** The largest event that can ever be taken. */
    int capacity() {
        return Segment.capacity(settings.segmentBytes());
    }

    private synchronized boolean roll(Segment full) {
        if (current != full) {
            return true;
        }
        Segment next = spare;
        if (next == null) {
            return false;
        }
        segments.put(next.number(), next);
        current = next;
        spare = null;
        keeper.execute(this::prepare);
        return true;
    }

    /** Sees to it that a segment lies ready, as long as the bound allows. */
    private void prepare() {
        int number;
        synchronized (this) {
            if (spare != null || segments.size() >= settings.maxSegments()) {
                return;
            }
            number = current.number() + 1;
        }
        try {
            spare = Segment.create(settings.directory(), number, settings.segmentBytes());
        } catch (IOException e) {
            log.atError()
                    .addKeyValue("directory", settings.directory())
                    .addKeyValue("reason", e.getMessage())
                    .log("no new segment of the spool could be made");
        }
    }

    // ---- reading, by one thread

    /** The next events, at least one where there is one; empty at the end of what is published. */
    Batch peek(int maxEvents, long maxBytes) {
        var reader = new Reader(position());
        boolean isFull = false;
        while (!isFull && reader.advance()) {
            isFull = reader.events.size() >= maxEvents || reader.bytes >= maxBytes;
        }
        return new Batch(reader.events, reader.position(), isFull);
    }

    /** What was read up to here is not needed any more. */
    void acknowledge(Position end) {
        WORD.setRelease(acknowledged, 0, end.packed());
        if (end.segment() > oldest()) {
            keeper.execute(this::removeDelivered);
        }
    }

    private synchronized int oldest() {
        return segments.firstKey();
    }

    private Position position() {
        return Position.unpacked((long) WORD.getAcquire(acknowledged, 0));
    }

    private final class Reader {

        private final List<byte[]> events = new ArrayList<>();
        private long bytes;
        private Segment segment;
        private long at;

        Reader(Position from) {
            synchronized (Spool.this) {
                var entry = segments.ceilingEntry(from.segment());
                segment = entry.getValue();
            }
            at = segment.number() == from.segment() ? from.offset() : Segment.START;
        }

        Position position() {
            return new Position(segment.number(), (int) at);
        }

        /** @return false where nothing more is to be had now */
        boolean advance() {
            return switch (segment.state(at)) {
                case FREE -> segment.isFrozen() && next();
                case SEALED -> next();
                case VOID -> skip();
                case CLAIMED -> segment.isFrozen() && skipped(torn);
                case PUBLISHED -> take();
            };
        }

        private boolean take() {
            if (!segment.isWhole(at)) {
                return skipped(damaged);
            }
            var event = segment.read(at);
            if (event.isEmpty()) {
                return skipped(damaged);
            }
            events.add(event.get());
            bytes += event.get().length;
            return skip();
        }

        private boolean skipped(AtomicLong count) {
            count.incrementAndGet();
            return skip();
        }

        private boolean skip() {
            at = segment.after(at);
            return true;
        }

        private boolean next() {
            synchronized (Spool.this) {
                var entry = segments.higherEntry(segment.number());
                if (entry == null) {
                    return false;
                }
                segment = entry.getValue();
            }
            at = Segment.START;
            return true;
        }
    }

    private void removeDelivered() {
        List<Segment> done;
        synchronized (this) {
            var before = segments.headMap(Math.min(position().segment(), current.number()), false);
            done = List.copyOf(before.values());
            before.clear();
        }
        for (Segment segment : done) {
            try {
                segment.delete();
            } catch (IOException e) {
                log.atWarn()
                        .addKeyValue("segment", segment.number())
                        .addKeyValue("reason", e.getMessage())
                        .log("delivered segment of the spool not deleted");
            }
        }
        prepare();
    }

    // ---- what it has to tell

    /** Bytes that wait to be delivered. */
    synchronized long backlog() {
        Position from = position();
        return segments.tailMap(from.segment(), true).values().stream()
                .mapToLong(segment -> segment.used(segment.number() == from.segment() ? from.offset() : Segment.START))
                .sum();
    }

    /** The backlog that it takes before it is full. */
    long limit() {
        return settings.maxSegments() * settings.segmentBytes();
    }

    /** Whether an event that came now would find no room. */
    boolean isFull() {
        return spare == null && current.isSealed();
    }

    /** Records that a writer had begun when its process ended. */
    long torn() {
        return torn.get();
    }

    /** Records that are not what was written, as a power cut may leave them. */
    long damaged() {
        return damaged.get();
    }

    // ---- the disk

    private void forceCurrent() {
        try {
            force();
        } catch (UncheckedIOException e) {
            log.atError().addKeyValue("reason", e.getMessage()).log("spool not forced to disk");
        }
    }

    /** Has the disk take all that was appended until now; blocks on it. */
    void force() {
        List<Segment> written;
        int last;
        synchronized (this) {
            last = current.number();
            written = List.copyOf(segments.tailMap(unforced, true).values());
        }
        for (Segment segment : written) {
            try {
                segment.force();
            } catch (IllegalStateException e) {
                // delivered and taken away meanwhile
            }
        }
        unforced = last;
        acknowledged.force();
    }

    @Override
    public void close() {
        keeper.shutdown();
        try {
            if (!keeper.awaitTermination(10, TimeUnit.SECONDS)) {
                log.warn("spool's thread did not end in time");
            }
            force();
            boolean delivered = backlog() == 0;
            synchronized (this) {
                segments.values().forEach(Segment::close);
                Segment unused = spare;
                if (unused != null) {
                    unused.delete();
                }
            }
            arena.close();
            lock.release();
            lockFile.close();
            settings.place().tidy(delivered);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
