package io.headgate.local;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.tukaani.xz.XZInputStream;

/** The servers' programs, unpacked once from the class path into one directory. */
record Binaries(Path directory) {

    private static final boolean MAC =
            System.getProperty("os.name", "").toLowerCase(Locale.ROOT).contains("mac");
    private static final boolean ARM =
            System.getProperty("os.arch", "").toLowerCase(Locale.ROOT).contains("aarch64");
    private static final String REDIS =
            "redis-server-7.0.15-" + (MAC ? "darwin" : "linux") + (ARM ? "-arm64" : "-amd64");
    private static final String POSTGRES =
            "postgres-" + (MAC ? "darwin" : "linux") + (ARM ? "-arm_64" : "-x86_64") + ".txz";
    private static final String POSTGRES_VERSION = "18.6";

    private static final int TAR_BLOCK = 512;

    /** The directory of {@code postgres} and {@code initdb}. */
    Path postgres() {
        return unpacked("postgres-" + POSTGRES_VERSION, Binaries::unpackPostgres)
                .resolve("bin");
    }

    Path redisServer() {
        return unpacked(REDIS, Binaries::unpackRedis).resolve("redis-server");
    }

    private interface Unpacking {
        void into(Path directory) throws IOException;
    }

    /** Unpacks beside and renames, so that nobody meets half of it; of two programs at once the first one wins. */
    private Path unpacked(String name, Unpacking unpacking) {
        Path whole = directory.toAbsolutePath().resolve(name);
        if (Files.isDirectory(whole)) {
            return whole;
        }
        try {
            Files.createDirectories(directory);
            Path draft = Files.createTempDirectory(directory, "." + name);
            unpacking.into(draft);
            try {
                Files.move(draft, whole);
            } catch (IOException e) {
                if (!Files.isDirectory(whole)) {
                    throw e;
                }
                Trees.delete(draft);
            }
            return whole;
        } catch (IOException e) {
            throw new StackException("cannot unpack " + name + " into " + directory, e);
        }
    }

    private static void unpackRedis(Path into) throws IOException {
        try (InputStream binary = resource(REDIS)) {
            Files.copy(binary, into.resolve("redis-server"));
        }
        makeExecutable(into.resolve("redis-server"));
    }

    private static void unpackPostgres(Path into) throws IOException {
        try (InputStream archive = new XZInputStream(resource(POSTGRES))) {
            byte[] header = new byte[TAR_BLOCK];
            while (archive.readNBytes(header, 0, TAR_BLOCK) == TAR_BLOCK && header[0] != 0) {
                unpackEntry(header, archive, into);
            }
        }
    }

    /** The archive holds plain directories, files and symbolic links with short names, and nothing else of tar. */
    private static void unpackEntry(byte[] header, InputStream archive, Path into) throws IOException {
        Path target = into.resolve(text(header, 0, 100)).normalize();
        int mode = Integer.parseInt(text(header, 100, 8).strip(), 8);
        int size = Integer.parseInt(text(header, 124, 12).strip(), 8);
        if (!target.startsWith(into)) {
            throw new IOException("entry outside of the archive: " + target);
        }
        switch ((char) header[156]) {
            case '5' -> Files.createDirectories(target);
            case '2' -> Files.createSymbolicLink(target, Path.of(text(header, 157, 100)));
            case '0' -> {
                Files.createDirectories(target.getParent());
                Files.write(target, archive.readNBytes(size));
                archive.skipNBytes((TAR_BLOCK - size % TAR_BLOCK) % TAR_BLOCK);
                if ((mode & 0100) != 0) {
                    makeExecutable(target);
                }
            }
            default -> throw new IOException("entry of unknown type: " + target);
        }
    }

    private static String text(byte[] header, int from, int length) {
        int end = from;
        while (end < from + length && header[end] != 0) {
            end++;
        }
        return new String(header, from, end - from, StandardCharsets.UTF_8);
    }

    private static void makeExecutable(Path file) throws IOException {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private static InputStream resource(String name) {
        @Nullable InputStream found = Binaries.class.getClassLoader().getResourceAsStream(name);
        if (found == null) {
            throw new StackException("no binaries for this system: " + name + " is not on the class path");
        }
        return found;
    }
}
