package io.headgate.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** A Kafka broker, its own controller, in a JVM of its own. */
public final class LocalKafka extends Part {

    private final Places places;
    private final int controllerPort;

    LocalKafka(String name, Places places, int port, int controllerPort) {
        super(name, port);
        this.places = places;
        this.controllerPort = controllerPort;
    }

    /** A broker of the caller's own, for a test that kills or pauses it. */
    public static LocalKafka startPrivate() {
        var broker = new LocalKafka("kafka", Places.temporary(), Ports.free(), Ports.free());
        broker.start();
        return broker;
    }

    public String bootstrapServers() {
        return Ports.HOST + ":" + port();
    }

    @Override
    String kind() {
        return "kafka";
    }

    @Override
    Launch prepare() throws IOException {
        Path directory = Files.createDirectories(places.data(name()));
        Files.deleteIfExists(readyFile());
        Path settings = directory.resolve("server.properties");
        Files.writeString(settings, settings(directory.resolve("log")));
        return JavaProgram.launch(
                KafkaMain.class,
                List.of("-Xmx320m", "-XX:TieredStopAtLevel=1"),
                List.of(settings.toString(), readyFile().toString()),
                places.log(name()));
    }

    @Override
    boolean isReady() {
        return Files.exists(readyFile());
    }

    private Path readyFile() {
        return places.data(name()).resolve("ready");
    }

    private String settings(Path logDirectory) {
        return Map.ofEntries(
                        Map.entry("process.roles", "broker,controller"),
                        Map.entry("node.id", "1"),
                        Map.entry("controller.quorum.voters", "1@" + Ports.HOST + ":" + controllerPort),
                        Map.entry(
                                "listeners",
                                "PLAINTEXT://" + Ports.HOST + ":" + port() + ",CONTROLLER://" + Ports.HOST + ":"
                                        + controllerPort),
                        Map.entry("advertised.listeners", "PLAINTEXT://" + Ports.HOST + ":" + port()),
                        Map.entry("controller.listener.names", "CONTROLLER"),
                        Map.entry("log.dirs", logDirectory.toString()),
                        Map.entry("num.partitions", "3"),
                        Map.entry("offsets.topic.num.partitions", "4"),
                        Map.entry("offsets.topic.replication.factor", "1"),
                        Map.entry("transaction.state.log.replication.factor", "1"),
                        Map.entry("transaction.state.log.min.isr", "1"),
                        Map.entry("transaction.state.log.num.partitions", "4"),
                        Map.entry("share.coordinator.state.topic.replication.factor", "1"),
                        Map.entry("share.coordinator.state.topic.min.isr", "1"),
                        Map.entry("group.initial.rebalance.delay.ms", "0"),
                        Map.entry("log.cleaner.dedupe.buffer.size", "8388608"),
                        // With the defaults a broker that was killed may not come back for 13 seconds.
                        Map.entry("broker.session.timeout.ms", "3000"),
                        Map.entry("broker.heartbeat.interval.ms", "500"))
                .entrySet()
                .stream()
                .map(setting -> setting.getKey() + "=" + setting.getValue())
                .sorted()
                .collect(Collectors.joining("\n"));
    }
}
