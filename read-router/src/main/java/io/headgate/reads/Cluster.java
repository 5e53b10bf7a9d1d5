package io.headgate.reads;

import io.headgate.reads.Node.Sample;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.LongPredicate;
import java.util.stream.Stream;
import reactor.core.publisher.Mono;

/** A primary and its replicas, which may change while reads go on: who they are, and where each stands. */
final class Cluster {

    static final String PRIMARY = "primary";

    private final String name;
    private final ReadsProperties.Tracking settings;
    private final Environment environment;
    private final ReadsMetrics metrics;
    private final LongPredicate isKnownElsewhere;
    private final Waiters waiters;
    private final Course course;
    private final Placement placement;
    private volatile Nodes nodes;

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
        this.course = new Course(name, settings.tracking().remembered());
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
        return course.follow(node.member().probe(), sample);
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
            node.tooOld(course.trail(sample.reading().lsn())
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
        Optional<Lineage> lineage = course.lineage();
        if (lineage.isPresent() && lineage.get().system() != reading.server().system()) {
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
        if (lineage.isPresent() && lineage.get().judge(reading.position()) == Lineage.Judgement.LOST) {
            return Standing.DIVERGED;
        }
        if (lineage.isPresent() && reading.timeline() > lineage.get().timeline()) {
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
                .flatMap(sample -> course.staleness(
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
        return course.lineage().map(Lineage::system).orElse(Seen.ANY_SYSTEM);
    }

    /** What the positions that a caller saw come to here. */
    Demand demand(Seen seen) {
        return Demand.of(seen, course.lineage(), isKnownElsewhere);
    }

    boolean isElsewhere(long system) {
        return system != system() && isKnownElsewhere.test(system);
    }
}
