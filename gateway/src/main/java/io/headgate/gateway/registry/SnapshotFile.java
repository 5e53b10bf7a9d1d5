package io.headgate.gateway.registry;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * The last good snapshot on disk: one line that names the form and the content's checksum, then the content. It
 * appears whole or not at all, and one that is damaged counts as none. Blocks on the disk.
 */
final class SnapshotFile {

    private static final Logger log = LoggerFactory.getLogger(SnapshotFile.class);
    private static final String FORM = "headgate-snapshot-1 ";
    private static final JsonMapper JSON = JsonMapper.builder().build();

    /** @param savedAt tells a reader how old the configuration is */
    record Content(UUID store, long revision, Instant savedAt, List<Row> rows) {}

    private final Path file;

    SnapshotFile(Path directory) {
        this.file = directory.resolve("registry.snapshot");
    }

    void save(Content content) throws IOException {
        byte[] body = JSON.writeValueAsBytes(content);
        byte[] head = (FORM + checksum(body) + "\n").getBytes(StandardCharsets.US_ASCII);
        Files.createDirectories(file.getParent());
        Path temporary = file.resolveSibling(file.getFileName() + ".tmp");
        Files.deleteIfExists(temporary);
        // it holds hashes of secrets: nobody else on this machine may read it
        var ownerOnly = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
        try (var channel = FileChannel.open(
                temporary, java.util.Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), ownerOnly)) {
            write(channel, head);
            write(channel, body);
            channel.force(true);
        }
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    Optional<Content> load() {
        try {
            return Files.exists(file) ? Optional.of(parse(Files.readAllBytes(file))) : Optional.empty();
        } catch (IOException | IllegalArgumentException | JacksonException e) {
            log.atError()
                    .addKeyValue("file", file)
                    .addKeyValue("reason", e.getMessage())
                    .log("snapshot on disk ignored, it cannot be used");
            return Optional.empty();
        }
    }

    private static Content parse(byte[] bytes) {
        int end = 0;
        while (end < bytes.length && bytes[end] != '\n') {
            end++;
        }
        String head = new String(bytes, 0, end, StandardCharsets.US_ASCII);
        byte[] body = java.util.Arrays.copyOfRange(bytes, Math.min(end + 1, bytes.length), bytes.length);
        if (!head.equals(FORM + checksum(body))) {
            throw new IllegalArgumentException("checksum or form differs (expected: a whole file of ours)");
        }
        return JSON.readValue(body, Content.class);
    }

    private static void write(FileChannel channel, byte[] bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
    }

    private static String checksum(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every JDK has it
        }
    }
}
