package io.headgate.local;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import kafka.tools.StorageTool;
import org.apache.kafka.common.utils.Exit;
import org.apache.kafka.common.utils.Time;

/** The broker's process. It makes a file once it serves, so that nobody needs a client to know. */
final class KafkaMain {

    private static final String CLUSTER_ID = "headgateLocalStack0000";

    private KafkaMain() {}

    public static void main(String[] args) throws IOException {
        Path settings = Path.of(args[0]);
        int formatted = StorageTool.execute(
                new String[] {"format", "--ignore-formatted", "-t", CLUSTER_ID, "-c", settings.toString()}, System.out);
        if (formatted != 0) {
            Exit.exit(formatted);
        }
        var server = new KafkaRaftServer(KafkaConfig.fromProps(read(settings), false), Time.SYSTEM);
        Exit.addShutdownHook("kafka-shutdown", server::shutdown);
        server.startup();
        Files.createFile(Path.of(args[1]));
        server.awaitShutdown();
    }

    private static Properties read(Path file) throws IOException {
        var properties = new Properties();
        try (Reader reader = Files.newBufferedReader(file)) {
            properties.load(reader);
        }
        return properties;
    }
}
