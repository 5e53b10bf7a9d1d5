package io.headgate.perf;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.HdrHistogram.Histogram;

/** What live changes do, on a stack that is up: how soon every instance shows one, and what requests notice of many. */
final class LiveDrills {
    private static final Duration SHOWN_LIMIT = Duration.ofSeconds(10);
    private static final Duration DRILL_LIMIT = Duration.ofMinutes(5);
    private static final int STEADY_RATE = 500;

    private LiveDrills() {}

    /** P7: a change by one instance's admin API until the edge of each instance answers by it. */
    static Outcome p7(Options options, Arena arena) throws Exception {
        String title = "a live change seen on every instance (target: p99 under 250 ms)";
        var found = LiveStack.find(options, arena.backend());
        if (found.isEmpty()) {
            return noStack("P7", title);
        }
        int changes = options.number("changes", 1, 100_000);
        int beside = options.number("beside", 0, 100_000);
        List<Outcome.Line> lines = new ArrayList<>();
        Duration adding;
        try (var stack = found.get()) {
            adding = stack.addRoutes(beside);
            lines.add(shown("a route", stack, new Kind(stack::change, stack::shows), changes, beside));
            lines.add(shown("a limit", stack, new Kind(stack::changeLimit, stack::showsLimit), changes, beside));
        }
        lines.addAll(decisions(options, arena, changes));
        return new Outcome(
                "P7", title, lines, List.of("counted from the answer to the change", adding(beside, adding)), true);
    }

    private static List<Outcome.Line> decisions(Options options, Arena arena, int changes) throws Exception {
        try (var stack = LiveStack.find(options, arena.backend(), LiveStack.ENFORCE)
                        .orElseThrow();
                var decisions = new LiveDecisions(stack)) {
            var policies = new Kind(decisions::changePolicies, decisions::showsPolicies);
            var revocations = new Kind(decisions::changeRevocation, decisions::showsRevocation);
            policies.show(stack, 0); // routes and policies are in force before anything is counted
            return List.of(
                    shown("policies", stack, policies, changes, 0),
                    shown("a revocation", stack, revocations, changes, 0));
        }
    }

    private interface Change {
        void make(int number) throws IOException, InterruptedException;
    }

    private interface Sight {
        boolean of(StackPart gateway, int number) throws IOException, InterruptedException;
    }

    /** What is changed, and how an edge shows it. */
    private record Kind(Change change, Sight sight) {
        /** @return the latest of the instances, in nanoseconds after the change was answered */
        long show(LiveStack stack, int number) throws Exception {
            change.make(number);
            long since = System.nanoTime();
            var polls = stack.gateways().stream()
                    .<Callable<Long>>map(gateway -> () -> shownAfter(sight, gateway, number, since))
                    .toList();
            long slowest = 0;
            try (var pollers = Executors.newVirtualThreadPerTaskExecutor()) {
                for (Future<Long> poll : pollers.invokeAll(polls)) {
                    slowest = Math.max(slowest, poll.get());
                }
            }
            return slowest;
        }
    }

    private static Outcome.Line shown(String what, LiveStack stack, Kind kind, int changes, int beside)
            throws Exception {
        var nanos = new Histogram(SHOWN_LIMIT.multipliedBy(2).toNanos(), 3);
        for (int number = 1; number <= changes; number++) {
            nanos.recordValue(kind.show(stack, number));
        }
        return Outcome.line(
                what + " on " + stack.gateways().size() + " instances",
                "routes beside",
                beside,
                "changes",
                changes,
                "p50 ms",
                nanos.getValueAtPercentile(50) / 1e6,
                "p99 ms",
                nanos.getValueAtPercentile(99) / 1e6,
                "max ms",
                nanos.getMaxValue() / 1e6);
    }

    private static String adding(int routes, Duration took) {
        return "%,d routes were put there first, in %.1f s".formatted(routes, took.toMillis() / 1e3);
    }

    private static long shownAfter(Sight sight, StackPart gateway, int number, long since)
            throws IOException, InterruptedException {
        while (System.nanoTime() - since < SHOWN_LIMIT.toNanos()) {
            if (sight.of(gateway, number)) {
                return System.nanoTime() - since;
            }
        }
        throw new IOException(gateway.name() + " does not show change " + number + " after " + SHOWN_LIMIT);
    }

    /** Steady load on the route that is being changed, over and over: nobody may notice. */
    static Outcome changes(Options options, Arena arena) throws Exception {
        String title = "requests under live changes of their route";
        var found = LiveStack.find(options, arena.backend());
        if (found.isEmpty()) {
            return noStack("changes", title);
        }
        int changes = options.number("changes", 1, 100_000);
        int asked = options.number("rate", 0, 1_000_000);
        int rate = asked == 0 ? STEADY_RATE : asked;
        int beside = options.number("beside", 0, 100_000);
        try (var stack = found.get()) {
            Duration adding = stack.addRoutes(beside);
            stack.change(0);
            StackPart edge = stack.gateways().getFirst();
            shownAfter(stack::shows, edge, 0, System.nanoTime());
            var plan = new LoadPlan(edge.edge(), options.connections(), DRILL_LIMIT, rate, LiveStack.PATH, 1, Map.of());
            LoadResult quiet = arena.generator().run(plan.lasting(options.seconds("seconds")));
            arena.generator().begin(plan);
            for (int number = 1; number <= changes; number++) {
                stack.change(number);
            }
            arena.generator().stop();
            LoadResult under = arena.generator().result();
            return new Outcome(
                    "changes",
                    title,
                    List.of(line("no change", quiet, 0), line("%,d changes".formatted(changes), under, changes)),
                    List.of(
                            "failed requests must be 0; it took %.1f s".formatted(under.seconds()),
                            adding(beside, adding)),
                    quiet.isGood() && under.isGood());
        }
    }

    private static Outcome.Line line(String name, LoadResult load, int changes) {
        return Outcome.line(
                name,
                "changes",
                changes,
                "requests",
                load.requests(),
                "failed",
                load.failed(),
                "p50 ms",
                load.p50() / 1e3,
                "p99 ms",
                load.p99() / 1e3,
                "p99.9 ms",
                load.p999() / 1e3,
                "max ms",
                load.max() / 1e3);
    }

    private static Outcome noStack(String bench, String title) {
        return new Outcome(
                bench,
                title,
                List.of(),
                List.of("skipped: no gateway is up (./headgate up --instances 3 --detach)"),
                true);
    }
}
