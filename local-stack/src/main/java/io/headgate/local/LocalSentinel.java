package io.headgate.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** One of those that watch over a master and its replica, and agree on who is to take its place. */
final class LocalSentinel extends Part {

    private static final int QUORUM = 2;

    private final Places places;
    private final LocalRedis master;

    LocalSentinel(String name, Places places, LocalRedis master) {
        super(name, Ports.free());
        this.places = places;
        this.master = master;
    }

    @Override
    String kind() {
        return "sentinel";
    }

    /** The file is the sentinel's own from then on: it writes there what it learns. */
    @Override
    Launch prepare() throws IOException {
        Path directory = Files.createDirectories(places.data(name()));
        Path file = directory.resolve("sentinel.conf");
        if (!Files.exists(file)) {
            Files.writeString(file, """
                    port %1$d
                    bind %2$s
                    dir %3$s
                    sentinel monitor %4$s %2$s %5$d %6$d
                    sentinel down-after-milliseconds %4$s 1000
                    sentinel failover-timeout %4$s 5000
                    """.formatted(
                            port(), Ports.HOST, directory, LocalRedisSentinels.MASTER, master.port(), QUORUM));
        }
        return Launch.of(
                List.of(places.binaries().redisServer().toString(), file.toString(), "--sentinel"), places.log(name()));
    }

    @Override
    boolean isReady() {
        return Resp.answers(port());
    }
}
