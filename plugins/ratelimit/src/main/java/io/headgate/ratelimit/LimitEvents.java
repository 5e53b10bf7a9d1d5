package io.headgate.ratelimit;

import io.headgate.api.Event;
import io.headgate.api.EventIds;
import io.headgate.api.EventLog;
import io.headgate.api.ResourceId;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Tells the event log that a limit is nearly used up, and that it was: once for a key in a window, whatever the flood.
 * The former is told by whichever instance the store lets; of the latter each instance tells its own count.
 */
final class LimitEvents {

    private static final String EXCEEDED = "limit.exceeded";
    private static final String APPROACHED = "limit.approached";

    private record Tallied(ResourceId limit, String key) {}

    /** What was refused of one key in one window. */
    private static final class Tally {
        private final Allowance allowance;
        private final long from;
        private final long dueAt;
        private final long until;
        private final LongAdder refused = new LongAdder();
        private volatile boolean isTold;

        Tally(Allowance allowance, long from, long dueAt, long until) {
            this.allowance = allowance;
            this.from = from;
            this.dueAt = dueAt;
            this.until = until;
        }
    }

    private final Supplier<@Nullable EventLog> log;
    private final EventIds ids;
    private final Clock clock;
    private final Fleet fleet;
    private final LimitMetrics metrics;
    private final LimitsProperties.Events settings;
    private final Map<Tallied, Tally> tallies = new ConcurrentHashMap<>();

    /** @param log asked for at the first event: what keeps events may itself be configured by the registry */
    LimitEvents(
            Supplier<@Nullable EventLog> log,
            Clock clock,
            Fleet fleet,
            LimitMetrics metrics,
            LimitsProperties.Events settings) {
        this.log = log;
        this.ids = new EventIds(clock);
        this.clock = clock;
        this.fleet = fleet;
        this.metrics = metrics;
        this.settings = settings;
    }

    void approached(Allowance allowance, Store.Approach approach) {
        if (approach != Store.Approach.NONE) {
            Map<String, Object> data = data(allowance);
            data.put("percent", approach.percent());
            tell(APPROACHED, allowance, data);
        }
    }

    void refused(Allowance allowance) {
        var tallied = new Tallied(allowance.id().limit(), allowance.id().key());
        Tally tally = tallies.get(tallied);
        if (tally == null) {
            if (tallies.size() >= settings.keys()) {
                metrics.eventDropped();
                return;
            }
            tally = tallies.computeIfAbsent(tallied, missing -> begin(allowance));
        }
        tally.refused.increment();
    }

    private Tally begin(Allowance allowance) {
        long now = fleet.seconds();
        long window = allowance.quota().seconds();
        long until = (now / window + 1) * window;
        return new Tally(allowance, now, Math.min(until, now + settings.delay().toSeconds()), until);
    }

    /** Tells what is due; afterwards a key's window is silent. */
    void flush() {
        long now = fleet.seconds();
        tallies.forEach((tallied, tally) -> {
            if (now >= tally.dueAt && !tally.isTold) {
                tally.isTold = true;
                Map<String, Object> data = data(tally.allowance);
                data.put("count", tally.refused.sum());
                data.put("seconds", now - tally.from);
                tell(EXCEEDED, tally.allowance, data);
            }
            if (now >= tally.until) {
                tallies.remove(tallied, tally);
            }
        });
    }

    private Map<String, Object> data(Allowance allowance) {
        Map<String, Object> data = new LinkedHashMap<>();
        RateLimit limit = allowance.limit();
        data.put("limits", List.of(limit.id().toString()));
        data.put("key", allowance.id().key());
        data.put("quota", allowance.quota().quota());
        data.put("window", allowance.quota().seconds());
        data.put("burst", allowance.quota().burst());
        data.put("enforcement", limit.spec().enforcement().name().toLowerCase(Locale.ROOT));
        data.put("instance", fleet.name());
        return data;
    }

    private void tell(String type, Allowance allowance, Map<String, Object> data) {
        EventLog present = log.get();
        if (present == null) {
            return;
        }
        try {
            present.append(new Event(
                    ids.next(),
                    type,
                    clock.instant(),
                    tenant(allowance),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    data));
        } catch (RuntimeException full) {
            metrics.eventDropped(); // a limit does its work whether or not it can be told
        }
    }

    private static Optional<String> tenant(Allowance allowance) {
        return Keys.isOfOneTenant(allowance.limit().spec().key()) ? Optional.of(allowance.tag()) : Optional.empty();
    }
}
