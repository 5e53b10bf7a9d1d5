package io.headgate.perf;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * What requests notice while a part of the stack is dead: steady load on an authenticated route that needs none of the
 * parts, before, during and after a fault, and changes through the admin API meanwhile.
 */
final class FaultDrills {
    /** Before and after a fault; longer than an instance takes to write what it serves to its disk. */
    private static final Duration QUIET = Duration.ofSeconds(6);

    private static final Duration LEAD = Duration.ofSeconds(1);
    private static final Duration BETWEEN_CHANGES = Duration.ofMillis(250);
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(20);
    private static final Duration RECOVERY_LIMIT = Duration.ofSeconds(60);
    private static final Duration RUN_LIMIT = Duration.ofMinutes(4);
    /** Of an answer that the registry is away: its time-outs add up to this. */
    private static final Duration REFUSAL_LIMIT = Duration.ofSeconds(15);

    private static final int STEADY_RATE = 200;
    private static final String PRIMARY = "primary";
    private static final String UNAVAILABLE = "/problems/registry-unavailable";

    private final LiveStack stack;
    private final LoadProcess generator;
    private final Duration outage;
    private final LoadPlan plan;
    private final Map<String, String> caller;
    private final List<Outcome.Line> lines = new ArrayList<>();
    private final List<String> troubles = new ArrayList<>();
    private int change;

    private FaultDrills(LiveStack stack, LoadProcess generator, Options options)
            throws IOException, InterruptedException {
        this.stack = stack;
        this.generator = generator;
        this.outage = options.seconds("seconds");
        this.caller = Map.of(
                "Authorization",
                "Bearer "
                        + stack.launcher().run("token", "--tenant", "acme", "--subject", "drill", "--roles", "viewer"));
        int asked = options.number("rate", 0, 1_000_000);
        this.plan = new LoadPlan(
                stack.gateways().getFirst().edge(),
                options.connections(),
                RUN_LIMIT,
                asked == 0 ? STEADY_RATE : asked,
                LiveStack.PATH,
                1,
                caller);
    }

    static void run(Options options, Path folder, Consumer<Outcome> done) throws Exception {
        try (var arena = new Arena(options, folder);
                var stack = LiveStack.foundOrStarted(options, arena.backend(), "off")) {
            var drills = new FaultDrills(stack, arena.generator(), options);
            drills.prepare();
            for (String part : options.benches()) {
                drills.drill(part);
            }
            done.accept(drills.outcome());
        }
    }

    private void prepare() throws Exception {
        stack.change(change);
        awaitAll("the route is everywhere", this::allServe);
        generator.run(plan.lasting(QUIET)); // nobody's p99 should be that of a cold JVM
    }

    private void drill(String name) throws Exception {
        switch (name) {
            case "postgres" -> bothFaults(PRIMARY, true);
            case "instance" -> instance();
            default -> bothFaults(name, false);
        }
    }

    private void bothFaults(String part, boolean keepsRegistry) throws Exception {
        for (Fault fault : Fault.values()) {
            drill(part, fault.action(), keepsRegistry, () -> {
                Fault.Hold hold = fault.inflict(
                        Fault.processes(stack.launcher().part(part).pid()));
                return () -> {
                    hold.release();
                    stack.launcher().run("start", part);
                };
            });
        }
    }

    private void instance() throws Exception {
        if (stack.gateways().size() < 2) {
            troubles.add("instance: one gateway is up (expected: two, as ./headgate up --instances 2 starts them)");
            return;
        }
        String victim = stack.gateways().getLast().name();
        bothFaults(victim, false);
        drill(victim, "kill -9, started again without PostgreSQL", true, () -> {
            Fault.KILL.inflict(Fault.processes(stack.launcher().part(victim).pid()));
            stack.launcher().run("stop", PRIMARY);
            return () -> {
                stack.launcher().run("start", victim);
                awaitAll("it serves from its snapshot", this::allServe);
                stack.launcher().run("start", PRIMARY);
            };
        });
    }

    /** Makes a part go away, and answers how it comes back. */
    private interface Blow {
        Fault.Hold strike() throws Exception;
    }

    private void drill(String part, String action, boolean registryAway, Blow blow) throws Exception {
        String name = part + ", " + action;
        System.err.println(name);
        LoadResult before = generator.run(plan.lasting(QUIET));
        generator.begin(plan);
        LockSupport.parkNanos(LEAD.toNanos());
        Fault.Hold hold = blow.strike();
        Changes changes;
        long since;
        try {
            changes = changesFor(outage);
        } finally {
            since = System.nanoTime();
            hold.release();
        }
        awaitAll(name + ": every instance serves and is live again", () -> allServe() && allLive());
        Duration recovered = Duration.ofNanos(System.nanoTime() - since);
        generator.stop();
        LoadResult during = generator.result();
        LoadResult after = generator.run(plan.lasting(QUIET));
        judge(name, registryAway, changes, List.of(before, during, after));
        lines.add(line(name, List.of(before, during, after), changes, recovered));
    }

    /** @param worst the slowest answer */
    private record Changes(int made, int refused, int odd, Duration worst) {
        static final Changes NONE = new Changes(0, 0, 0, Duration.ZERO);

        Changes and(LiveStack.Answer answer) {
            boolean isMade = answer.status() == 200;
            boolean isRefused = answer.status() == 503 && answer.problem().equals(UNAVAILABLE);
            return new Changes(
                    made + (isMade ? 1 : 0),
                    refused + (isRefused ? 1 : 0),
                    odd + (isMade || isRefused ? 0 : 1),
                    answer.took().compareTo(worst) > 0 ? answer.took() : worst);
        }
    }

    private Changes changesFor(Duration length) throws IOException, InterruptedException {
        long until = System.nanoTime() + length.toNanos();
        Changes changes = Changes.NONE;
        while (System.nanoTime() < until) {
            changes = changes.and(stack.tryChange(++change));
            LockSupport.parkNanos(BETWEEN_CHANGES.toNanos());
        }
        return changes;
    }

    private void judge(String name, boolean registryAway, Changes changes, List<LoadResult> loads) {
        for (LoadResult load : loads) {
            if (load.failed() > 0 || load.requests() == 0) {
                troubles.add("%s: %d of %d requests failed, the first: %s"
                        .formatted(name, load.failed(), load.failed() + load.requests(), load.failure()));
            }
        }
        int expected = registryAway ? changes.refused() : changes.made();
        if (expected == 0 || expected < changes.made() + changes.refused() + changes.odd()) {
            troubles.add("%s: changes through the admin API: %d made, %d refused, %d neither (expected: all %s)"
                    .formatted(
                            name, changes.made(), changes.refused(), changes.odd(), registryAway ? "refused" : "made"));
        }
        if (changes.worst().compareTo(REFUSAL_LIMIT) > 0) {
            troubles.add("%s: a change waited %s for its answer (expected: at most %s)"
                    .formatted(name, changes.worst(), REFUSAL_LIMIT));
        }
    }

    private static Outcome.Line line(String name, List<LoadResult> loads, Changes changes, Duration recovered) {
        return Outcome.line(
                name,
                "requests",
                loads.stream()
                        .mapToLong(load -> load.requests() + load.failed())
                        .sum(),
                "failed",
                loads.stream().mapToLong(LoadResult::failed).sum(),
                "not sent",
                loads.stream().mapToLong(LoadResult::unsent).sum(),
                "p99 before ms",
                loads.get(0).p99() / 1e3,
                "p99 during ms",
                loads.get(1).p99() / 1e3,
                "p99 after ms",
                loads.get(2).p99() / 1e3,
                "changes made",
                changes.made(),
                "changes 503",
                changes.refused(),
                "slowest change ms",
                changes.worst().toNanos() / 1e6,
                "recovered s",
                recovered.toNanos() / 1e9);
    }

    private boolean allServe() throws InterruptedException {
        for (StackPart gateway : stack.gateways()) {
            if (stack.ask(gateway, caller) != 200) {
                return false;
            }
        }
        return true;
    }

    private boolean allLive() throws InterruptedException {
        for (StackPart gateway : stack.gateways()) {
            if (!stack.registryState(gateway).equals("live")) {
                return false;
            }
        }
        return true;
    }

    static void awaitAll(String what, Callable<Boolean> condition) throws Exception {
        long until = System.nanoTime() + RECOVERY_LIMIT.toNanos();
        while (!condition.call()) {
            if (System.nanoTime() > until) {
                throw new IOException("not within " + RECOVERY_LIMIT.toSeconds() + " s: " + what);
            }
            LockSupport.parkNanos(BETWEEN_LOOKS.toNanos());
        }
    }

    private Outcome outcome() {
        var notes = new ArrayList<>(
                List.of(
                        "%d requests a second, through %s; each fault lasts %d s"
                                .formatted(
                                        plan.rate(), stack.gateways().getFirst().name(), outage.toSeconds()),
                        "not sent: due while every connection waited for an answer, as on a machine that is too busy",
                        "recovered: from the command that brings the part back until every instance serves and its status says live"));
        notes.addAll(troubles);
        return new Outcome("drill", "parts taken away under load", lines, notes, troubles.isEmpty());
    }
}
