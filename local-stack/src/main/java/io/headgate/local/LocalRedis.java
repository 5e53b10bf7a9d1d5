package io.headgate.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A Redis server that keeps nothing across a restart. */
public final class LocalRedis extends Part {

    private final Places places;
    /** Where nodes of a cluster talk among themselves; zero for a server alone. */
    private final int busPort;
    /** What the command line says besides. */
    private final List<String> options;

    private LocalRedis(String name, Places places, int port, int busPort, List<String> options) {
        super(name, port);
        this.places = places;
        this.busPort = busPort;
        this.options = options;
    }

    static LocalRedis single(String name, Places places, int port) {
        return new LocalRedis(name, places, port, 0, List.of());
    }

    static LocalRedis clusterNode(String name, Places places) {
        int busPort = Ports.free();
        return new LocalRedis(
                name,
                places,
                Ports.free(),
                busPort,
                List.of(
                        "--cluster-enabled",
                        "yes",
                        "--cluster-node-timeout",
                        "2000",
                        "--cluster-port",
                        Integer.toString(busPort)));
    }

    static LocalRedis replicaOf(LocalRedis master, String name, Places places) {
        return new LocalRedis(
                name,
                places,
                Ports.free(),
                0,
                List.of("--replicaof", Ports.HOST, Integer.toString(master.port()), "--repl-diskless-sync-delay", "0"));
    }

    /** A server of the caller's own, for a test that kills or pauses it. */
    public static LocalRedis startPrivate() {
        var server = single("redis", Places.temporary(), Ports.free());
        server.start();
        return server;
    }

    int busPort() {
        return busPort;
    }

    public String url() {
        return "redis://" + Ports.HOST + ":" + port();
    }

    /** One command and its answer, by a connection of its own. */
    public String ask(String... words) {
        try {
            return Resp.ask(port(), words);
        } catch (IOException e) {
            throw new StackException(name() + ": " + String.join(" ", words), e);
        }
    }

    @Override
    String kind() {
        return "redis";
    }

    @Override
    Launch prepare() throws IOException {
        Path directory = Files.createDirectories(places.data(name()));
        List<String> command = new ArrayList<>(List.of(
                places.binaries().redisServer().toString(),
                "--port",
                Integer.toString(port()),
                "--bind",
                Ports.HOST,
                "--dir",
                directory.toString(),
                "--save",
                "",
                "--appendonly",
                "no",
                "--maxmemory-policy",
                "noeviction"));
        command.addAll(options);
        return Launch.of(command, places.log(name()));
    }

    @Override
    boolean isReady() {
        return Resp.answers(port());
    }
}
