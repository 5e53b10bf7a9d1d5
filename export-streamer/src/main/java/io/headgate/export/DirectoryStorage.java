package io.headgate.export;

import io.headgate.api.BadSettingException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Files in a directory that all processes share. One is written under a name of its own, forced to the disk and then
 * renamed, so that under its final name it is whole whenever the machine ends. Disks block: they have threads of their
 * own.
 */
final class DirectoryStorage implements JobStorage {

    static final String PART = ".part";

    private static final int THREADS = 16;
    private static final int WAITING = 10_000;
    private static final int AHEAD = 4;
    private static final int CHUNK = 64 * 1024;
    /** Directories below, so that none holds more names than a file system likes. */
    private static final int FAN_OUT = 2;

    private final Path root;
    private final Scheduler disk = Schedulers.newBoundedElastic(THREADS, WAITING, "export-files", 60, true);

    DirectoryStorage(Path root) {
        this.root = root.toAbsolutePath().normalize();
        try {
            Files.createDirectories(this.root);
        } catch (IOException e) {
            throw new BadSettingException(
                    "headgate.exports.jobs.storage", "'" + root + "' (expected: a directory that can be written)");
        }
    }

    @Override
    public Mono<Stored> write(StoredName name, Flux<DataBuffer> content) {
        Path directory = directoryOf(name.toString());
        return Mono.usingWhen(
                onDisk(() -> PartFile.create(directory, name.toString())),
                file -> content.publishOn(disk, AHEAD)
                        .doOnNext(file::append)
                        .doOnDiscard(DataBuffer.class, DataBufferUtils::release)
                        .then(onDisk(() -> new Stored(name.toString(), file.bytes(), file.finish()))),
                file -> onDisk(file::close));
    }

    @Override
    public Flux<DataBuffer> read(String location, long from, long length) {
        Path path = pathOf(StoredName.parse(location)
                .orElseThrow(() -> new IllegalArgumentException("not a file's location: " + location))
                .toString());
        Flux<DataBuffer> rest = DataBufferUtils.readAsynchronousFileChannel(
                () -> AsynchronousFileChannel.open(path, StandardOpenOption.READ),
                from,
                DefaultDataBufferFactory.sharedInstance,
                CHUNK);
        return whole(DataBufferUtils.takeUntilByteCount(rest, length), length);
    }

    /** Where less comes an answer that promised all would never end. */
    private static Flux<DataBuffer> whole(Flux<DataBuffer> content, long length) {
        return Flux.defer(() -> {
            long[] read = {0};
            return content.doOnNext(piece -> read[0] += piece.readableByteCount())
                    .concatWith(Mono.defer(() -> read[0] < length
                            ? Mono.error(
                                    new IOException("the file has " + read[0] + " bytes (expected: " + length + ")"))
                            : Mono.empty()));
        });
    }

    @Override
    public Mono<Void> delete(String location) {
        return onDisk(() -> StoredName.parse(whole(location)).isPresent() && Files.deleteIfExists(pathOf(location)))
                .then();
    }

    @Override
    public Flux<Found> list(Instant before) {
        return Flux.<Found, Stream<Found>>using(
                        () -> oldFiles(before).flatMap(path -> found(path).stream()),
                        found -> Flux.fromStream(found),
                        Stream::close)
                .subscribeOn(disk);
    }

    private static Optional<Found> found(Path path) {
        String name = path.getFileName().toString();
        return StoredName.parse(whole(name)).map(parsed -> new Found(parsed, name));
    }

    private static String whole(String name) {
        return name.endsWith(PART) ? name.substring(0, name.length() - PART.length()) : name;
    }

    private Stream<Path> oldFiles(Instant before) throws IOException {
        return Files.find(
                root,
                2,
                (path, attributes) -> attributes.isRegularFile()
                        && attributes.lastModifiedTime().toInstant().isBefore(before));
    }

    /** The end of a job's id is random, its beginning is the time. */
    private Path directoryOf(String name) {
        String id = name.substring(0, name.indexOf('.'));
        return root.resolve(id.substring(id.length() - FAN_OUT));
    }

    private Path pathOf(String name) {
        return directoryOf(name).resolve(name);
    }

    private <T> Mono<T> onDisk(Callable<T> work) {
        return Mono.fromCallable(work).subscribeOn(disk);
    }

    @Override
    public Mono<Void> close() {
        return disk.disposeGracefully();
    }

    /** A file that is being written. Whoever closes it before it is finished takes it away. */
    private static final class PartFile {

        private final Path directory;
        private final Path part;
        private final Path target;
        private final FileChannel channel;
        private final java.security.MessageDigest digest = Digests.sha256();
        private long bytes;
        private boolean isClosed;

        private PartFile(Path directory, String name) throws IOException {
            this.directory = directory;
            this.target = directory.resolve(name);
            this.part = directory.resolve(name + PART);
            this.channel = FileChannel.open(
                    part, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE);
        }

        static PartFile create(Path directory, String name) throws IOException {
            Files.createDirectories(directory);
            return new PartFile(directory, name);
        }

        /** After the end it takes no more: a cancelled writer may still be at its last buffer. */
        synchronized void append(DataBuffer buffer) {
            try (var parts = buffer.readableByteBuffers()) {
                while (!isClosed && parts.hasNext()) {
                    var next = parts.next();
                    digest.update(next.duplicate());
                    bytes += next.remaining();
                    while (next.hasRemaining()) {
                        channel.write(next);
                    }
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } finally {
                DataBufferUtils.release(buffer);
            }
        }

        synchronized long bytes() {
            return bytes;
        }

        synchronized String finish() throws IOException {
            channel.force(true);
            channel.close();
            isClosed = true;
            Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            forceDirectory();
            return java.util.HexFormat.of().formatHex(digest.digest());
        }

        /** The name is on the disk once its directory is. */
        private void forceDirectory() throws IOException {
            try (FileChannel names = FileChannel.open(directory, StandardOpenOption.READ)) {
                names.force(true);
            }
        }

        synchronized boolean close() throws IOException {
            if (isClosed) {
                return false;
            }
            isClosed = true;
            channel.close();
            return Files.deleteIfExists(part);
        }
    }
}
