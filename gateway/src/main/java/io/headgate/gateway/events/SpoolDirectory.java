package io.headgate.gateway.events;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The directory of the spool: the operator's, or where there is none a temporary one. */
record SpoolDirectory(Path path, boolean temporary) {

    private static final Logger log = LoggerFactory.getLogger(SpoolDirectory.class);

    static SpoolDirectory of(String setting) {
        if (!setting.isEmpty()) {
            return new SpoolDirectory(Path.of(setting), false);
        }
        try {
            Path made = Files.createTempDirectory("headgate-spool");
            log.atWarn()
                    .addKeyValue("directory", made)
                    .log(
                            "headgate.events.spool-dir is not set: after a crash, events that were not delivered stay behind");
            return new SpoolDirectory(made, true);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** @param delivered whether nothing is left in it: undelivered events are never deleted */
    void tidy(boolean delivered) {
        if (temporary && delivered) {
            try (Stream<Path> files = Files.walk(path)) {
                files.sorted(Comparator.reverseOrder())
                        .forEach(file -> file.toFile().delete());
            } catch (IOException e) {
                log.atWarn().addKeyValue("directory", path).log("temporary spool not deleted");
            }
        }
    }
}
