package io.headgate.reads;

import io.headgate.reads.ReadOutcome.Kind;
import io.headgate.reads.ReadOutcome.Level;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** Which node of a cluster a read is sent to. Most reads find a replica that fits, and none of them waits for anything. */
final class Placement {

    private static final Demand ANYTHING = new Demand(Demand.Need.AT_LEAST, Lsn.ZERO, Map.of());

    private final Cluster cluster;
    private final Waiters waiters;
    private final ReadsProperties.Choice settings;
    private final Environment environment;
    private final ReadsMetrics metrics;

    Placement(
            Cluster cluster,
            Waiters waiters,
            ReadsProperties.Choice settings,
            Environment environment,
            ReadsMetrics metrics) {
        this.cluster = cluster;
        this.waiters = waiters;
        this.settings = settings;
        this.environment = environment;
        this.metrics = metrics;
    }

    Mono<ReadTicket> place(ReadNeed need) {
        return Mono.defer(() -> {
            Demand demand = demand(need);
            return placeNow(need, demand).map(Mono::just).orElseGet(() -> placeLater(need, demand));
        });
    }

    /** Where a replica fits as things stand; empty where more has to be asked, waited for or said. */
    Optional<ReadTicket> placeNow(ReadNeed need) {
        return placeNow(need, demand(need));
    }

    private Demand demand(ReadNeed need) {
        return need.level() == Consistency.SESSION ? cluster.demand(need.seen()) : ANYTHING;
    }

    private Optional<ReadTicket> placeNow(ReadNeed need, Demand demand) {
        return need.level() != Consistency.STRONG
                        && demand.need() == Demand.Need.AT_LEAST
                        && isWritten(demand.atLeast())
                ? pick(need, demand, Kind.REPLICA)
                : Optional.empty();
    }

    private Mono<ReadTicket> placeLater(ReadNeed need, Demand demand) {
        if (need.level() == Consistency.STRONG) {
            return onPrimary(Kind.PRIMARY, Level.STRONG, ours(need.seen()));
        }
        return switch (demand.need()) {
            case STRONG -> onPrimary(Kind.PRIMARY, Level.STRONG, demand.judged());
            case LOST -> onPrimary(Kind.LOST_WRITE, Level.STRONG, demand.judged());
            case UNTOLD -> onPrimary(Kind.DEGRADED, Level.EVENTUAL, demand.judged());
            case AT_LEAST -> isWritten(demand.atLeast()) ? wait(need, demand) : askAndPlace(need, demand);
        };
    }

    private boolean isWritten(Lsn lsn) {
        return lsn.equals(Lsn.ZERO) || reached(cluster.primary(), lsn) || replicaReached(lsn);
    }

    private boolean replicaReached(Lsn lsn) {
        for (Node replica : cluster.replicas()) {
            if (cluster.isIn(replica) && reached(replica, lsn)) {
                return true;
            }
        }
        return false;
    }

    /** Nobody told of it yet: either it is younger than the last question, or no such thing was ever written. */
    private Mono<ReadTicket> askAndPlace(ReadNeed need, Demand demand) {
        Mono<Boolean> asked = cluster.primary()
                .ask()
                .map(_ -> true)
                .timeout(settings.waitBudget(), environment.scheduler())
                .onErrorReturn(false);
        return asked.flatMap(known -> {
            if (known && !isWritten(demand.atLeast())) {
                metrics.future();
                return onPrimary(Kind.PRIMARY, Level.STRONG, ours(need.seen()));
            }
            return pick(need, demand, Kind.REPLICA).map(Mono::just).orElseGet(() -> wait(need, demand));
        });
    }

    private Mono<ReadTicket> wait(ReadNeed need, Demand demand) {
        Mono<Boolean> caughtUp =
                cluster.replicas().stream().filter(need.among()).anyMatch(cluster::isIn)
                        ? waiters.await(replica -> fits(replica, need, demand), cluster::askReplicas)
                        : Mono.just(false);
        long since = environment.nanos().getAsLong();
        return caughtUp.flatMap(_ -> {
            metrics.waited(environment.nanos().getAsLong() - since);
            return pick(need, demand, Kind.WAITED)
                    .map(Mono::just)
                    .orElseGet(() -> onPrimary(Kind.PRIMARY, levelOnPrimary(need), demand.judged()));
        });
    }

    private boolean fits(Node replica, ReadNeed need, Demand demand) {
        return need.among().test(replica)
                && cluster.isIn(replica)
                && switch (need.level()) {
                    case EVENTUAL -> true;
                    case BOUNDED ->
                        cluster.lag(replica)
                                .filter(age -> age.compareTo(need.maxAge()) <= 0)
                                .isPresent();
                    case SESSION -> reached(replica, demand.atLeast());
                    case STRONG -> false;
                };
    }

    private static boolean reached(Node node, Lsn lsn) {
        Optional<Node.Sample> latest = node.latest();
        return latest.isPresent() && latest.get().reading().lsn().isAtLeast(lsn);
    }

    private Optional<ReadTicket> pick(ReadNeed need, Demand demand, Kind kind) {
        Node node = need.forExport() ? lessLoadedOfTwo(need, demand, true) : null;
        if (node == null) {
            node = lessLoadedOfTwo(need, demand, false);
        }
        if (node == null) {
            return Optional.empty();
        }
        node.take(Integer.MAX_VALUE);
        var outcome = new ReadOutcome(kind, node.name(), level(need), cluster.lag(node));
        return Optional.of(ticket(node, outcome, demand.judged()));
    }

    /** Two of those that fit, drawn in one pass. */
    private @Nullable Node lessLoadedOfTwo(ReadNeed need, Demand demand, boolean onlyForExports) {
        Node one = null;
        Node other = null;
        int fitting = 0;
        for (Node replica : cluster.replicas()) {
            if (onlyForExports && !replica.isForExports() || !fits(replica, need, demand)) {
                continue;
            }
            fitting++;
            int drawn = fitting <= 2 ? fitting - 1 : environment.random().nextInt(fitting);
            if (drawn == 0) {
                one = replica;
            } else if (drawn == 1) {
                other = replica;
            }
        }
        return one == null || other == null ? one : lessLoaded(one, other);
    }

    private Node lessLoaded(Node one, Node other) {
        int difference = one.reads() - other.reads();
        if (difference == 0) {
            return environment.random().nextBoolean() ? one : other;
        }
        return difference < 0 ? one : other;
    }

    private static Level level(ReadNeed need) {
        return switch (need.level()) {
            case EVENTUAL -> Level.EVENTUAL;
            case BOUNDED -> Level.BOUNDED;
            case SESSION -> Level.SESSION;
            case STRONG -> Level.STRONG;
        };
    }

    /** What a replica showed the primary may show only later: commits become visible there in an order of their own. */
    private Level levelOnPrimary(ReadNeed need) {
        return need.level() == Consistency.SESSION && need.seen().wasOnReplica(cluster.system())
                ? Level.RYW
                : level(need);
    }

    /** Everything that a strong read makes good: all but what belongs to the other clusters. */
    private Map<Branch, Seen.Mark> ours(Seen seen) {
        Map<Branch, Seen.Mark> ours = new HashMap<>(seen.marks());
        ours.keySet().removeIf(branch -> cluster.isElsewhere(branch.system()));
        return ours;
    }

    private Mono<ReadTicket> onPrimary(Kind kind, Level level, Map<Branch, Seen.Mark> judged) {
        Node primary = cluster.primary();
        if (!primary.take(settings.primaryReads())) {
            metrics.refused();
            return Mono.error(new ReadsBusyException(cluster.name(), settings.retryAfter()));
        }
        return Mono.just(ticket(primary, new ReadOutcome(kind, primary.name(), level, Optional.empty()), judged));
    }

    private ReadTicket ticket(Node node, ReadOutcome outcome, Map<Branch, Seen.Mark> judged) {
        node.served(outcome);
        return new ReadTicket(node, node.latest().map(sample -> sample.reading().server()), outcome, judged);
    }
}
