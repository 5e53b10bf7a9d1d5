package io.headgate.perf;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Something that can stand between the generator and the stub backend. */
interface Contestant {
    String title();

    /** Why it cannot run on this machine, or empty. */
    default Optional<String> missing() {
        return Optional.empty();
    }

    /** Writes what it needs into the folder and says how to start it. */
    Launch launch(Setup setup) throws IOException;

    /**
     * @param routes {@code /r/0/**} to {@code /r/routes-1/**}, all to the backend
     * @param java the JVM with the flags that all contestants share
     * @param database started when the first contestant asks for it
     */
    record Setup(int backend, int routes, Path folder, List<String> java, DatabaseSource database) {
        String upstream() {
            return "http://127.0.0.1:" + backend;
        }
    }

    interface DatabaseSource {
        Database get() throws IOException;
    }

    record Launch(int port, URI ready, List<String> command, Map<String, String> environment) {
        static Launch of(int port, List<String> command) {
            return new Launch(port, URI.create("http://127.0.0.1:" + port + "/r/0/items"), command, Map.of());
        }
    }
}
