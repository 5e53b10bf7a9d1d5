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

    private LocalRedis(String name, Places places, int port, int busPort) {
        super(name, port);
        this.places = places;
        this.busPort = busPort;
    }

    static LocalRedis single(String name, Places places, int port) {
        return new LocalRedis(name, places, port, 0);
    }

    static LocalRedis clusterNode(String name, Places places) {
        return new LocalRedis(name, places, Ports.free(), Ports.free());
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
        if (busPort > 0) {
            command.addAll(List.of("--cluster-enabled", "yes", "--cluster-node-timeout", "2000"));
            command.addAll(List.of("--cluster-port", Integer.toString(busPort)));
        }
        return Launch.of(command, places.log(name()));
    }

    @Override
    boolean isReady() {
        try {
            return Resp.ask(port(), "PING").equals("PONG");
        } catch (IOException e) {
            return false;
        }
    }
}
