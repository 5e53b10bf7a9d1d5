package io.headgate.reads;

import io.headgate.reads.Node.Sample;
import io.headgate.reads.ReadOutcome.Kind;
import io.headgate.reads.ReadOutcome.Level;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongPredicate;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/** A primary and its replicas: where each stands, and which of them a read is sent to. */
final class Cluster {

    static final String PRIMARY = "primary";

    private static final Logger log = LoggerFactory.getLogger(Cluster.class);

    private final String name;
    private final ReadsProperties settings;
    private final Environment environment;
    private final ReadsMetrics metrics;
    private final LongPredicate isKnownElsewhere;
    private final Node primary;
    private final List<Node> replicas;
    private final Waiters waiters;
    private final PositionRing ring;
    private volatile @Nullable Lineage lineage;

    /** @param forExports whether it is meant for long reads */
    record Member(String name, boolean forExports, Probe probe) {}

    /**
     * What the positions that a caller saw come to here.
     *
     * @param judged the marks that an answer makes good: those of older timelines, and those of no cluster that is known
     */
    private record Demand(Need need, Lsn atLeast, Map<Branch, Seen.Mark> judged) {
        enum Need {
            AT_LEAST,
            STRONG,
            LOST,
            /** Seen on a timeline whose end this primary's history does not tell. */
            UNTOLD
        }
    }

    /** @param isKnownElsewhere whether a system is another cluster of this gateway, whose positions mean nothing here */
    Cluster(
            String name,
            Probe primary,
            List<Member> replicas,
            LongPredicate isKnownElsewhere,
            ReadsProperties settings,
            Environment environment,
            ReadsMetrics metrics) {
        this.name = name;
        this.settings = settings;
        this.environment = environment;
        this.metrics = metrics;
        this.isKnownElsewhere = isKnownElsewhere;
        this.waiters =
                new Waiters(settings.choice().maxWaiting(), settings.choice().waitBudget(), environment.scheduler());
        this.ring = new PositionRing(settings.tracking().remembered());
        this.primary = node(PRIMARY, false, primary, sample -> primaryAnswered(primary, sample));
        this.replicas = replicas.stream()
                .map(member -> node(member.name(), member.forExports(), member.probe(), Mono::just))
                .toList();
        metrics.track(name, this);
    }

    private Node node(
            String name, boolean forExports, Probe probe, java.util.function.Function<Sample, Mono<Sample>> onSample) {
        Node[] self = new Node[1];
        self[0] = new Node(
                name,
                forExports,
                probe,
                environment,
                settings.tracking(),
                this::pause,
                sample -> onSample.apply(sample).doOnNext(_ -> sampled(self[0])),
                metrics::asked);
        return self[0];
    }

    /** Nodes are asked more often while somebody waits for one. */
    private Duration pause() {
        return waiters.isEmpty()
                ? settings.tracking().interval()
                : settings.tracking().intervalWhileWaited();
    }

    void start() {
        primary.startAsking();
        replicas.forEach(Node::startAsking);
    }

    void close() {
        primary.close();
        replicas.forEach(Node::close);
    }

    String name() {
        return name;
    }

    Node primary() {
        return primary;
    }

    List<Node> replicas() {
        return replicas;
    }

    int waiting() {
        return waiters.size();
    }

    // ---- where the nodes stand

    private Mono<Sample> primaryAnswered(Probe probe, Sample sample) {
        Reading reading = sample.reading();
        if (reading.recovering()) {
            return Mono.error(new IllegalStateException(name + ": the primary is a replica"));
        }
        Lineage known = lineage;
        if (known != null && known.system() == reading.server().system() && known.timeline() == reading.timeline()) {
            ring.add(sample.askedAt(), reading.lsn());
            return Mono.just(sample);
        }
        return probe.lineage(reading)
                .onErrorResume(e -> Mono.just(untold(reading, e)))
                .doOnNext(next -> follow(next, sample))
                .thenReturn(sample);
    }

    private Lineage untold(Reading reading, Throwable why) {
        log.atWarn()
                .addKeyValue("database", name)
                .addKeyValue("timeline", reading.timeline())
                .addKeyValue("reason", why.getMessage())
                .log("the history of the primary's timeline cannot be read: lost writes cannot be told from others");
        return Lineage.starting(reading.server().system(), reading.timeline());
    }

    private void follow(Lineage next, Sample sample) {
        log.atInfo()
                .addKeyValue("database", name)
                .addKeyValue("timeline", next.timeline())
                .log("following the primary's timeline");
        Lineage left = lineage;
        Lsn end = left == null || left.system() != next.system()
                ? null
                : next.switches().get(left.timeline());
        if (end == null) {
            ring.clear();
        } else {
            ring.cutAfter(end); // replicas are as far behind as they were, and not all out at once
        }
        ring.add(sample.askedAt(), sample.reading().lsn());
        lineage = next;
    }

    private void sampled(Node node) {
        if (node != primary) {
            judgeAge(node);
            waiters.wake(node);
        }
    }

    /** Two thresholds: a replica that went out for its age comes back once it has really caught up, not at the brink. */
    private void judgeAge(Node node) {
        node.latest().ifPresent(sample -> {
            Duration limit = node.isTooOld()
                    ? settings.tracking().returnLag()
                    : settings.tracking().maxLag();
            node.tooOld(ring.trail(sample.reading().lsn())
                    .map(trail -> trail.compareTo(limit) > 0)
                    .orElse(true));
        });
    }

    Standing standing(Node replica) {
        Optional<Sample> latest = replica.latest();
        if (replica.isDrained()) {
            return Standing.DRAINED;
        }
        if (latest.isEmpty()) {
            return Standing.UNKNOWN;
        }
        return replica.isReachable() ? standing(replica, latest.get().reading()) : Standing.UNREACHABLE;
    }

    private Standing standing(Node replica, Reading reading) {
        Lineage history = lineage;
        if (history != null && history.system() != reading.server().system()) {
            return Standing.FOREIGN;
        }
        if (!reading.recovering()) {
            return Standing.PROMOTED;
        }
        if (reading.paused()) {
            return Standing.PAUSED;
        }
        if (reading.applyDelay().isPositive()) {
            return Standing.DELAYED;
        }
        if (history != null && history.judge(reading.position()) == Lineage.Judgement.LOST) {
            return Standing.DIVERGED;
        }
        return replica.isTooOld() ? Standing.TOO_OLD : Standing.IN;
    }

    /** How old an answer of it can be at the most. */
    Optional<Duration> lag(Node replica) {
        return replica.latest()
                .flatMap(sample -> ring.staleness(
                        sample.reading().lsn(), environment.nanos().getAsLong()));
    }

    /** How much of the log it has yet to replay, as far as is known. */
    Optional<Long> lagBytes(Node replica) {
        return primary.latest()
                .flatMap(written -> replica.latest()
                        .map(replayed -> Math.max(
                                0,
                                written.reading().lsn().minus(replayed.reading().lsn()))));
    }

    // ---- positions

    /** Up to where everything was written that was committed before this was subscribed to. */
    Mono<Position> capture() {
        return primary.ask().map(sample -> sample.reading().position()).doOnSubscribe(_ -> metrics.captureAsked());
    }

    /** An upper bound of what a read on this ticket showed, once it has answered. */
    Mono<Position> observe(ReadTicket ticket) {
        return ticket.node().ask().map(Sample::reading).map(reading -> {
            if (ticket.server().filter(reading.server()::equals).isEmpty()) {
                throw new IllegalStateException(ticket.node().name() + " is another server than before");
            }
            return reading.position();
        });
    }

    /** The cluster's identifier, or what stands for any where it was never reached. */
    long system() {
        Lineage history = lineage;
        return history == null ? Seen.ANY_SYSTEM : history.system();
    }

    // ---- the choice

    Mono<ReadTicket> place(ReadNeed need) {
        return Mono.defer(() -> switch (need.level()) {
                    case EVENTUAL -> onReplica(need, Level.EVENTUAL, _ -> true, Map.of());
                    case BOUNDED ->
                        onReplica(need, Level.BOUNDED, replica -> isYoungerThan(need.maxAge(), replica), Map.of());
                    case SESSION -> session(need);
                    case STRONG -> onPrimary(Kind.PRIMARY, Level.STRONG, ours(need.seen()));
                })
                .doOnNext(ticket -> metrics.placed(ticket.outcome()));
    }

    private boolean isYoungerThan(Duration maxAge, Node replica) {
        return lag(replica).filter(age -> age.compareTo(maxAge) <= 0).isPresent();
    }

    private Mono<ReadTicket> session(ReadNeed need) {
        Demand demand = demand(need.seen());
        return switch (demand.need()) {
            case STRONG -> onPrimary(Kind.PRIMARY, Level.STRONG, demand.judged());
            case LOST -> onPrimary(Kind.LOST_WRITE, Level.STRONG, demand.judged());
            case UNTOLD -> onPrimary(Kind.DEGRADED, Level.EVENTUAL, demand.judged());
            case AT_LEAST -> sessionFrom(need, demand);
        };
    }

    private Mono<ReadTicket> sessionFrom(ReadNeed need, Demand demand) {
        if (isWritten(demand.atLeast())) {
            return sessionOn(need, demand);
        }
        // Nobody told of it yet: either it is younger than the last question, or no such thing was ever written.
        Mono<Boolean> asked = primary.ask()
                .map(_ -> true)
                .timeout(settings.choice().waitBudget(), environment.scheduler())
                .onErrorReturn(false);
        return asked.flatMap(known -> {
            if (known && !isWritten(demand.atLeast())) {
                metrics.future();
                return onPrimary(Kind.PRIMARY, Level.STRONG, ours(need.seen()));
            }
            return sessionOn(need, demand);
        });
    }

    private boolean isWritten(Lsn lsn) {
        return lsn.equals(Lsn.ZERO)
                || reached(primary, lsn)
                || replicas.stream().anyMatch(replica -> isIn(replica) && reached(replica, lsn));
    }

    private Mono<ReadTicket> sessionOn(ReadNeed need, Demand demand) {
        return onReplica(need, Level.SESSION, replica -> reached(replica, demand.atLeast()), demand.judged());
    }

    private static boolean reached(Node node, Lsn lsn) {
        return node.latest()
                .filter(sample -> sample.reading().lsn().isAtLeast(lsn))
                .isPresent();
    }

    private Demand demand(Seen seen) {
        Lineage history = lineage;
        if (seen.untrusted() || history == null && !seen.marks().isEmpty()) {
            return new Demand(Demand.Need.STRONG, Lsn.ZERO, Map.of());
        }
        Demand.Need need = Demand.Need.AT_LEAST;
        Lsn atLeast = Lsn.ZERO;
        Map<Branch, Seen.Mark> judged = new HashMap<>();
        for (Map.Entry<Branch, Seen.Mark> entry : seen.marks().entrySet()) {
            Branch branch = entry.getKey();
            if (history == null || isKnownElsewhere.test(branch.system()) && branch.system() != history.system()) {
                continue;
            }
            if (branch.timeline() != history.timeline()) {
                judged.put(branch, entry.getValue());
            }
            var position = new Position(branch, entry.getValue().lsn());
            switch (history.judge(position)) {
                case HELD -> atLeast = Lsn.max(atLeast, position.lsn());
                case LOST -> need = worse(need, Demand.Need.LOST);
                case UNKNOWN -> need = worse(need, ofUnknown(branch, history));
            }
        }
        return new Demand(need, atLeast, judged);
    }

    /** A strong read makes good what names no node's timeline; a timeline that exists and cannot be compared it does not. */
    private static Demand.Need ofUnknown(Branch branch, Lineage history) {
        return branch.system() == history.system() && !Seen.isUnknownWrite(branch)
                ? Demand.Need.UNTOLD
                : Demand.Need.STRONG;
    }

    /** What must be said comes before what can be made good. */
    private static Demand.Need worse(Demand.Need one, Demand.Need other) {
        List<Demand.Need> worst =
                List.of(Demand.Need.AT_LEAST, Demand.Need.STRONG, Demand.Need.UNTOLD, Demand.Need.LOST);
        return worst.indexOf(one) >= worst.indexOf(other) ? one : other;
    }

    /** Everything that a strong read makes good: all but what belongs to the other clusters. */
    private Map<Branch, Seen.Mark> ours(Seen seen) {
        Map<Branch, Seen.Mark> ours = new HashMap<>(seen.marks());
        ours.keySet().removeIf(branch -> branch.system() != system() && isKnownElsewhere.test(branch.system()));
        return ours;
    }

    private Mono<ReadTicket> onReplica(
            ReadNeed need, Level level, Predicate<Node> fits, Map<Branch, Seen.Mark> judged) {
        Optional<ReadTicket> now = pick(need, fits, Kind.REPLICA, level, judged);
        if (now.isPresent()) {
            return Mono.just(now.get());
        }
        Mono<Boolean> caughtUp = replicas.stream().anyMatch(this::isIn)
                ? waiters.await(
                        replica -> isIn(replica) && fits.test(replica), () -> replicas.forEach(Node::startAsking))
                : Mono.just(false);
        long since = environment.nanos().getAsLong();
        return caughtUp.flatMap(woken -> {
            metrics.waited(environment.nanos().getAsLong() - since);
            return pick(need, fits, Kind.WAITED, level, judged)
                    .map(Mono::just)
                    .orElseGet(() -> onPrimary(Kind.PRIMARY, levelOnPrimary(need, level), judged));
        });
    }

    /** What a replica showed the primary may show only later: commits become visible there in an order of their own. */
    private Level levelOnPrimary(ReadNeed need, Level level) {
        return level == Level.SESSION && need.seen().wasOnReplica(system()) ? Level.RYW : level;
    }

    private boolean isIn(Node replica) {
        return standing(replica) == Standing.IN;
    }

    private Optional<ReadTicket> pick(
            ReadNeed need, Predicate<Node> fits, Kind kind, Level level, Map<Branch, Seen.Mark> judged) {
        List<Node> fitting = replicas.stream().filter(this::isIn).filter(fits).toList();
        List<Node> better =
                need.forExport() ? fitting.stream().filter(Node::isForExports).toList() : List.of();
        return lessLoadedOfTwo(better.isEmpty() ? fitting : better).map(node -> {
            node.take(Integer.MAX_VALUE);
            return new ReadTicket(
                    node,
                    node.latest().map(sample -> sample.reading().server()),
                    new ReadOutcome(kind, node.name(), level, lag(node)),
                    judged);
        });
    }

    private Optional<Node> lessLoadedOfTwo(List<Node> nodes) {
        if (nodes.size() < 2) {
            return nodes.stream().findFirst();
        }
        int one = environment.random().nextInt(nodes.size());
        int other = environment.random().nextInt(nodes.size() - 1);
        Node first = nodes.get(one);
        Node second = nodes.get(other < one ? other : other + 1);
        return Optional.of(first.reads() <= second.reads() ? first : second);
    }

    private Mono<ReadTicket> onPrimary(Kind kind, Level level, Map<Branch, Seen.Mark> judged) {
        if (!primary.take(settings.choice().primaryReads())) {
            metrics.refused();
            return Mono.error(new ReadsBusyException(name, settings.choice().retryAfter()));
        }
        return Mono.just(new ReadTicket(
                primary,
                primary.latest().map(sample -> sample.reading().server()),
                new ReadOutcome(kind, PRIMARY, level, Optional.empty()),
                judged));
    }
}
