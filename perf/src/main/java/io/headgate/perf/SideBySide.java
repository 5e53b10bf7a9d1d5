package io.headgate.perf;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** P1 to P4: contestants under the same load, one after the other in rounds. */
final class SideBySide {
    private final Options options;
    private final Arena arena;
    private final HeadgateContestant headgate;
    private final List<String> notes = new ArrayList<>();

    SideBySide(Options options, Arena arena, HeadgateContestant headgate) {
        this.options = options;
        this.arena = arena;
        this.headgate = headgate;
    }

    /** Throughput and CPU on one route, beside the framework that Headgate is made of; with every plugin in a last line. */
    Outcome p1() throws Exception {
        List<Contestant> contestants = new ArrayList<>(List.of(Peers.BARE_GATEWAY, headgate));
        if (headgate.missing().isEmpty()) {
            contestants.add(headgate.limited("leased", arena.redis()).guarded());
        }
        return compare(
                "P1",
                "one route, authentication on, against a bare Spring Cloud Gateway",
                contestants.toArray(Contestant[]::new));
    }

    /** The same beside proxies that do nothing else. */
    Outcome p3() throws Exception {
        return compare(
                "P3",
                "one route, authentication on, against nginx",
                Peers.NGINX,
                headgate,
                Peers.RAW_PROXY,
                Peers.HAPROXY,
                Peers.BARE_GATEWAY);
    }

    private Outcome compare(String bench, String title, Contestant... contestants) throws Exception {
        var lanes = new ArrayList<Arena.Lane>();
        for (Contestant contestant : contestants) {
            if (runs(contestant)) {
                lanes.add(arena.lane(contestant.title(), contestant, 1));
            }
        }
        return lanes.isEmpty() ? nothing(bench, title) : outcome(bench, title, arena.compare(lanes));
    }

    /** Any of many routes against one route of the same gateway. */
    Outcome p2() throws Exception {
        int many = options.number("routes", 2, 1_000_000);
        var lanes = new ArrayList<Arena.Lane>();
        if (runs(headgate)) {
            lanes.add(arena.lane("headgate, 1 route", headgate, 1));
            lanes.add(arena.lane("headgate, %,d routes".formatted(many), headgate, many));
        }
        String title = "any of %,d routes against one".formatted(many);
        if (lanes.isEmpty() || !options.text("peers").isEmpty()) {
            for (int routes : new int[] {1, 1_000, many}) {
                lanes.add(arena.lane("bare-scg, %,d routes".formatted(routes), Peers.BARE_GATEWAY, routes));
            }
        }
        return outcome("P2", title, arena.compare(lanes));
    }

    /** What a request waits longer than behind a proxy that only passes on, at half of what Headgate can serve. */
    Outcome p4() throws Exception {
        Contestant measured = runs(headgate) ? headgate : Peers.BARE_GATEWAY;
        var lanes = List.of(
                arena.lane(Peers.RAW_PROXY.title(), Peers.RAW_PROXY, 1), arena.lane(measured.title(), measured, 1));
        int rate = options.number("rate", 0, 1_000_000);
        if (rate == 0) {
            rate = (int) (arena.compare(lanes).stream()
                            .mapToDouble(Series::throughput)
                            .min()
                            .orElseThrow()
                    / 2);
        }
        int half = rate;
        List<Series> series = arena.compare(lanes.stream()
                .map(lane ->
                        new Arena.Lane(lane.name(), lane.process(), lane.plan().at(half)))
                .toList());
        Series bare = series.getFirst();
        Series gateway = series.getLast();
        notes.add(
                "added by %s at %,d req/s: p50 %.2f ms, p99 %.2f ms (target: at most 0.3 and 2); latency counts from the moment a request was due"
                        .formatted(
                                gateway.name(),
                                half,
                                gateway.p50Millis() - bare.p50Millis(),
                                gateway.p99Millis() - bare.p99Millis()));
        return outcome("P4", "latency at half load, open loop", series);
    }

    /** What a limit costs, leased and exact, beside the same gateway without one; and how often Redis is asked. */
    Outcome p6() throws Exception {
        String title = "a limit by tenant that is never reached, against none";
        if (!runs(headgate)) {
            return nothing("P6", title);
        }
        var lanes = new ArrayList<Arena.Lane>(List.of(arena.lane("headgate, no limit", headgate, 1)));
        var redises = new ArrayList<Integer>();
        for (String mode : List.of("leased", "exact")) {
            int redis = arena.redis();
            redises.add(redis);
            lanes.add(arena.lane("headgate, " + mode, headgate.limited(mode, redis), 1));
        }
        List<Series> series = arena.compare(lanes);
        for (int i = 1; i < lanes.size(); i++) {
            Series one = series.get(i);
            Arena.Lane lane = lanes.get(i);
            long before = RedisCalls.scripts(redises.get(i - 1));
            long requests = arena.generator().run(lane.plan()).requests();
            long calls = RedisCalls.scripts(redises.get(i - 1)) - before;
            notes.add("%s: %+.1f us of CPU and %+.2f ms (p50) a request, %.4f scripts in Redis a request"
                    .formatted(
                            one.name(),
                            one.cpuMicros() - series.getFirst().cpuMicros(),
                            one.p50Millis() - series.getFirst().p50Millis(),
                            (double) calls / requests));
        }
        return outcome("P6", title, series);
    }

    private boolean runs(Contestant contestant) {
        contestant.missing().ifPresent(why -> notes.add(contestant.title() + " skipped: " + why));
        return contestant.missing().isEmpty();
    }

    private Outcome nothing(String bench, String title) {
        return new Outcome(bench, title, List.of(), notes, false);
    }

    private Outcome outcome(String bench, String title, List<Series> series) {
        Series baseline = series.getFirst();
        Stream<String> trouble = series.stream().filter(one -> !one.isGood()).map(Series::trouble);
        var all = Stream.concat(notes.stream(), trouble).toList();
        return new Outcome(
                bench,
                title + " (baseline: " + baseline.name() + ")",
                series.stream().map(one -> one.beside(baseline)).toList(),
                all,
                series.stream().allMatch(Series::isGood));
    }
}
