package io.headgate.local;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * A PostgreSQL server and the gateway's keys for a program that only starts processes: says its port, then makes a
 * database for each line that it reads, or a Redis where the line asks for one, and ends with its input.
 */
final class DatabaseMain {

    private DatabaseMain() {}

    public static void main(String[] args) throws IOException {
        Places places = Places.under(Path.of(args[0]));
        DemoKeys.fill(places.keys());
        var server = LocalPostgres.primary("primary", places, Ports.free());
        server.start();
        System.out.println(server.port());
        var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        String line = input.readLine();
        while (line != null) {
            System.out.println(line.equals("redis") ? redis(places) : server.createDatabase());
            line = input.readLine();
        }
        server.stop();
        System.exit(0);
    }

    /** Its port; it ends with this process. */
    private static Object redis(Places places) {
        int port = Ports.free();
        LocalRedis.single("redis-" + port, places, port).start();
        return port;
    }
}
