package io.headgate.reads;

import io.headgate.reads.Node.Sample;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.LongPredicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/** A primary and its replicas, which may change while reads go on: who they are, and where each stands. */
final class Cluster {

    static final String PRIMARY = "primary";

    private static final Logger log = LoggerFactory.getLogger(Cluster.class);

    private final String name;
    private final ReadsProperties.Tracking settings;
    private final Environment environment;
    private final ReadsMetrics metrics;
    private final LongPredicate isKnownElsewhere;
    private final Waiters waiters;
    private final PositionRing ring;
    private final Placement placement;
    private volatile Nodes nodes;
    private volatile @Nullable Lineage lineage;

    private record Nodes(Node primary, List<Node> replicas) {
        Optional<Node> of(Member member) {
            return all().filter(node -> node.member().equals(member)).findFirst();
        }

        Stream<Node> all() {
            return Stream.concat(Stream.of(primary), replicas.stream());
        }
    }

    /** @param isKnownElsewhere whether a system is another cluster of this gateway, whose positions mean nothing here */
    Cluster(
            String name,
            Member primary,
            List<Member> replicas,
            LongPredicate isKnownElsewhere,
            ReadsProperties settings,
            Environment environment,
            ReadsMetrics metrics) {
        this.name = name;
        this.settings = settings.tracking();
        this.environment = environment;
        this.metrics = metrics;
        this.isKnownElsewhere = isKnownElsewhere;
        this.waiters =
                new Waiters(settings.choice().maxWaiting(), settings.choice().waitBudget(), environment.scheduler());
        this.ring = new PositionRing(settings.tracking().remembered());
        this.placement = new Placement(this, waiters, settings.choice(), environment, metrics);
        this.nodes = new Nodes(node(primary), replicas.stream().map(this::node).toList());
        metrics.track(this);
    }

    private Node node(Member member) {
        var node = new Node(member, environment, settings, this::pause, this::answered, metrics::asked);
        metrics.track(this, node);
        return node;
    }

    /** Nodes are asked more often while somebody waits for one. */
    private Duration pause() {
        return waiters.isEmpty() ? settings.interval() : settings.intervalWhileWaited();
    }

    void start() {
        nodes.all().forEach(Node::startAsking);
    }

    /** Goes on with these: who stays keeps what was learnt of it, who is gone takes no more reads. */
    synchronized void follow(Member primary, List<Member> replicas) {
        Nodes before = nodes;
        List<Node> gone = before.all()
                .filter(node -> !node.member().equals(primary) && !replicas.contains(node.member()))
                .toList();
        gone.forEach(metrics::forget); // before others of their names are counted
        nodes = new Nodes(
                before.of(primary).orElseGet(() -> node(primary)),
                replicas.stream()
                        .map(member -> before.of(member).orElseGet(() -> node(member)))
                        .toList());
        gone.forEach(Node::close);
        nodes.all().filter(node -> before.of(node.member()).isEmpty()).forEach(Node::startAsking);
    }

    void close() {
        nodes.all().forEach(node -> {
            node.close();
            metrics.forget(node);
        });
        metrics.forget(this);
    }

    String name() {
        return name;
    }

    Node primary() {
        return nodes.primary();
    }

    List<Node> replicas() {
        return nodes.replicas();
    }

    int waiting() {
        return waiters.size();
    }

    Mono<ReadTicket> place(ReadNeed need) {
        return placement.place(need);
    }

    Optional<ReadTicket> placeNow(ReadNeed need) {
        return placement.placeNow(need);
    }

    // ---- where the nodes stand

    /** What must have happened before whoever asked gets the answer. */
    private Mono<Sample> answered(Node node, Sample sample) {
        return (node.isPrimary() ? primaryAnswered(node, sample) : Mono.just(sample)).doOnNext(_ -> sampled(node));
    }

    private Mono<Sample> primaryAnswered(Node node, Sample sample) {
        Reading reading = sample.reading();
        if (reading.recovering()) {
            return Mono.error(new IllegalStateException(name + ": the primary is a replica"));
        }
        if (node != primary()) {
            return Mono.error(new IllegalStateException(name + ": it is not the primary any more"));
        }
        Lineage known = lineage;
        if (known != null && known.system() == reading.server().system() && known.timeline() == reading.timeline()) {
            ring.add(sample.askedAt(), reading.lsn());
            return Mono.just(sample);
        }
        return node.member()
                .probe()
                .lineage(reading)
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
        if (!node.isPrimary()) {
            judgeAge(node);
            waiters.wake(node);
        }
    }

    /** Two thresholds: a replica that went out for its age comes back once it has really caught up, not at the brink. */
    private void judgeAge(Node node) {
        node.latest().ifPresent(sample -> {
            Duration limit = node.isTooOld() ? settings.returnLag() : settings.maxLag();
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
        if (history != null && reading.timeline() > history.timeline()) {
            return Standing.AHEAD; // how far it is says nothing of what was written before the switch
        }
        return replica.isTooOld() ? Standing.TOO_OLD : Standing.IN;
    }

    boolean isIn(Node replica) {
        return standing(replica) == Standing.IN;
    }

    void askReplicas() {
        replicas().forEach(Node::startAsking);
    }

    /** How old an answer of it can be at the most. */
    Optional<Duration> lag(Node replica) {
        return replica.latest()
                .flatMap(sample -> ring.staleness(
                        sample.reading().lsn(), environment.nanos().getAsLong()));
    }

    /** How much of the log it has yet to replay, as far as is known. */
    Optional<Long> lagBytes(Node replica) {
        return primary()
                .latest()
                .flatMap(written -> replica.latest()
                        .map(replayed -> Math.max(
                                0,
                                written.reading().lsn().minus(replayed.reading().lsn()))));
    }

    // ---- positions

    /** Up to where everything was written that was committed before this was subscribed to. */
    Mono<Position> capture() {
        return primary().ask().map(sample -> sample.reading().position()).doOnSubscribe(_ -> metrics.captureAsked());
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

    /** What the positions that a caller saw come to here. */
    Demand demand(Seen seen) {
        return Demand.of(seen, Optional.ofNullable(lineage), isKnownElsewhere);
    }

    boolean isElsewhere(long system) {
        return system != system() && isKnownElsewhere.test(system);
    }
}
