package io.headgate.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where a stack keeps its files. */
record Places(Path home, Binaries binaries) {

    /** Kept from one test run to the next: the programs cost seconds to unpack. */
    private static final Path TEST_BINARIES = Path.of("target", "local-stack-binaries");

    Places {
        home = home.toAbsolutePath().normalize();
    }

    static Places under(Path home) {
        return new Places(home, new Binaries(home.resolve("bin")));
    }

    /** Below the build directory of the module under test, and gone with this program. */
    static Places temporary() {
        try {
            Path target = Files.createDirectories(Path.of("target").toAbsolutePath());
            Path home = Files.createTempDirectory(target, "local-stack-");
            Spawner.shared().deleteAtExit(home);
            return new Places(home, new Binaries(TEST_BINARIES.toAbsolutePath()));
        } catch (IOException e) {
            throw new StackException("no temporary directory", e);
        }
    }

    Path data(String part) {
        return home.resolve("data").resolve(part);
    }

    Path log(String part) {
        return home.resolve("logs").resolve(part + ".log");
    }

    Path keys() {
        return home.resolve("keys");
    }

    Path issuer() {
        return home.resolve("issuer");
    }

    Path config() {
        return home.resolve("config");
    }

    Path supervisor() {
        return home.resolve("supervisor.json");
    }

    Path lock() {
        return home.resolve("supervisor.lock");
    }
}
