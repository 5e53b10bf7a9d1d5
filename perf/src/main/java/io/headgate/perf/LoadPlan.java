package io.headgate.perf;

import java.time.Duration;
import java.util.Map;

/**
 * One run of the generator.
 *
 * @param path where {@code {i}} stands for a number below {@code spread}, drawn anew for each request
 * @param rate requests per second at fixed times (open loop), or 0: each connection asks again once it is answered
 */
record LoadPlan(
        int port, int connections, Duration duration, int rate, String path, int spread, Map<String, String> headers) {

    LoadPlan {
        Expect.within("connections", connections, 1, 10_000);
        Expect.within("rate", rate, 0, 1_000_000);
        Expect.within("spread", spread, 1, 1_000_000);
        headers = Map.copyOf(headers);
    }

    static LoadPlan closed(int port, int connections, Duration duration, Map<String, String> headers) {
        return new LoadPlan(port, connections, duration, 0, "/r/0/items", 1, headers);
    }

    LoadPlan lasting(Duration duration) {
        return new LoadPlan(port, connections, duration, rate, path, spread, headers);
    }

    LoadPlan overRoutes(int routes) {
        return new LoadPlan(port, connections, duration, rate, "/r/{i}/items", routes, headers);
    }

    LoadPlan at(int rate) {
        return new LoadPlan(port, connections, duration, rate, path, spread, headers);
    }
}
