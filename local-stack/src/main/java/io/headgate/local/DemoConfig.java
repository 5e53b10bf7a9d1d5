package io.headgate.local;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The gateway's resources for the demo, with this stack's ports in them. */
final class DemoConfig {

    private static final List<String> FILES = List.of(
            "team-platform.yaml",
            "team-reports.yaml",
            "team-metrics.yaml",
            "database-main.yaml",
            "policy-set-reports.yaml",
            "rate-limit-tenant-default.yaml",
            "filter-schema-reports.yaml",
            "filter-schema-metrics.yaml",
            "filter-schema-events.yaml",
            "policy-set-datasets.yaml",
            "dataset-events.yaml",
            "route-reports-api.yaml",
            "route-metrics-api.yaml");

    private DemoConfig() {}

    /** Writes the demo's own files anew; whatever else is in the directory stays. */
    static void write(Settings settings) {
        try {
            Path directory = Files.createDirectories(settings.places().config());
            for (String file : FILES) {
                Files.writeString(directory.resolve(file), withPorts(resource(file), settings));
            }
        } catch (IOException e) {
            throw new StackException("cannot write the demo's configuration", e);
        }
    }

    private static String withPorts(String template, Settings settings) {
        String text = template;
        for (StackPort port : StackPort.values()) {
            text = text.replace("{{" + port.word() + "}}", Integer.toString(settings.port(port)));
        }
        return text;
    }

    private static String resource(String file) throws IOException {
        try (InputStream stream = DemoConfig.class.getResourceAsStream("/demo/config/" + file)) {
            if (stream == null) {
                throw new IOException(file + " is not on the class path");
            }
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
