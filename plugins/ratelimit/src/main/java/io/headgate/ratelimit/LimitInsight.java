package io.headgate.ratelimit;

import io.headgate.api.Problem;
import io.headgate.api.ProblemType;
import io.headgate.api.ResourceId;
import io.headgate.api.SpecProblem;
import io.headgate.api.SpecReader;
import io.headgate.ratelimit.Simulation.Asked;
import io.headgate.ratelimit.Simulation.Result;
import io.headgate.ratelimit.Store.Level;
import io.headgate.ratelimit.Store.Place;
import io.headgate.ratelimit.Traffic.Block;
import io.headgate.ratelimit.Traffic.Row;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** What people may ask about the limits: who has what left, who is refused, and what another limit would have done. */
public final class LimitInsight {

    private static final int MAX_BUCKETS = 100;
    private static final int MAX_KEYS = 100;

    private final Guarded store;
    private final Fleet fleet;
    private final Traffic traffic;
    private final Throttles throttles;
    private final Supplier<LimitBook> book;
    private final LimitsProperties settings;

    LimitInsight(
            Guarded store,
            Fleet fleet,
            Traffic traffic,
            Throttles throttles,
            Supplier<LimitBook> book,
            LimitsProperties settings) {
        this.store = store;
        this.fleet = fleet;
        this.traffic = traffic;
        this.throttles = throttles;
        this.book = book;
        this.settings = settings;
    }

    /** Whether all instances count together, as this one sees it, and how much it gives to each backend. */
    public ObjectNode state() {
        ObjectNode state = counting();
        throttles.describe(state.putObject("shedding"));
        return state;
    }

    private ObjectNode counting() {
        ObjectNode state = JsonNodeFactory.instance.objectNode();
        state.put("store", store.isUp() ? "up" : "away")
                .put("for_seconds", store.sinceChange().toSeconds())
                .put("counted_on", fleet.size());
        ArrayNode instances = state.putArray("instances");
        fleet.live().forEach(instances::add);
        return state;
    }

    /** @param key a tenant, an address, or several values with slashes between them, as a limit tells them apart */
    public Mono<ObjectNode> usage(Optional<String> key) {
        return Mono.fromFuture(() -> TrafficLog.gather(store, fleet, traffic, traffic.blocks()))
                .publishOn(Schedulers.boundedElastic())
                .flatMap(log -> usage(key, log));
    }

    private Mono<ObjectNode> usage(Optional<String> key, TrafficLog log) {
        ObjectNode answer = counting();
        Refusing.list(traffic.presentBlock(), key, log, answer.putArray("refusing"));
        if (key.isEmpty()) {
            return Mono.just(answer);
        }
        Map<Place, Row> buckets = buckets(key.get(), log);
        answer.put("key", key.get());
        ArrayNode limits = answer.putArray("limits");
        return Mono.fromFuture(() -> store.look(List.copyOf(buckets.keySet())))
                .map(levels -> {
                    int i = 0;
                    for (Map.Entry<Place, Row> bucket : buckets.entrySet()) {
                        limits.add(bucket(bucket.getKey().quota(), bucket.getValue(), levels.get(i++)));
                    }
                    return answer;
                })
                .onErrorReturn(answer);
    }

    /** Those that were drawn on of late, and a tenant's own, which may be untouched. */
    private Map<Place, Row> buckets(String key, TrafficLog log) {
        Map<Place, Row> buckets = new LinkedHashMap<>();
        for (RateLimit limit : book.get().all()) {
            if (limit.spec().key().equals(List.of(KeyPart.Known.TENANT))) {
                String text = KeyText.of(key);
                add(buckets, limit, new Row(limit.id().toString(), text, text, text, "", ZERO, ZERO, ZERO));
            }
        }
        for (Block block : log.all()) {
            for (Row row : block.rows()) {
                if (buckets.size() < MAX_BUCKETS && Refusing.isMeant(key, row)) {
                    book.get().find(ResourceId.parse(row.limit())).ifPresent(limit -> add(buckets, limit, row));
                }
            }
        }
        return buckets;
    }

    private static final long[] ZERO = new long[0];

    private void add(Map<Place, Row> buckets, RateLimit limit, Row row) {
        Optional<String> plan = row.plan().isEmpty() ? Optional.empty() : Optional.of(row.plan());
        Quota quota = limit.spec().quotaFor(row.first(), plan);
        buckets.put(Allowance.place(settings.redis().prefix(), row.tag(), row.limit(), row.key(), quota), row);
    }

    private static ObjectNode bucket(Quota quota, Row row, Level level) {
        long used = level.used() + level.held();
        return JsonNodeFactory.instance
                .objectNode()
                .put("limit", row.limit())
                .put("key", row.key())
                .put("plan", row.plan().isEmpty() ? null : row.plan())
                .put("quota", quota.quota())
                .put("window", quota.seconds())
                .put("burst", quota.burst())
                .put("remaining", Math.max(0, quota.burstMicros() - used) / Quota.MICROS)
                .put("used", Math.ceilDiv(level.used(), Quota.MICROS))
                .put("leased", level.held() / Quota.MICROS)
                .put("full_in", Math.ceilDiv(level.full(), Quota.MICROS));
    }

    /** @param proposed the spec to try, as a document has it */
    public Mono<ObjectNode> simulate(ResourceId id, JsonNode proposed) {
        RateLimit limit = book.get()
                .find(id)
                .orElseThrow(() -> Problem.of(ProblemType.NOT_FOUND, "There is no RateLimit " + id + " in force.")
                        .asException());
        RateLimitSpec spec = switch (SpecReader.read(
                proposed, "/spec", reader -> new RateLimitKind(settings.leases().share()).read(reader, id))) {
            case SpecReader.Outcome.Valid<RateLimitSpec>(RateLimitSpec valid) -> valid;
            case SpecReader.Outcome.Invalid<RateLimitSpec> invalid ->
                throw new Problem.InvalidResource("The proposed limit cannot be.", invalid.problems()).asException();
        };
        if (!spec.key().equals(limit.spec().key())) {
            throw new Problem.InvalidResource(
                            "The proposed limit cannot be tried.",
                            List.of(new SpecProblem(
                                    "/spec/key",
                                    "traffic is known by the key in force alone (expected: "
                                            + limit.spec().key().stream()
                                                    .map(KeyPart::word)
                                                    .toList() + ")")))
                    .asException();
        }
        return Mono.fromFuture(() -> TrafficLog.gather(store, fleet, traffic, traffic.blocks()))
                .publishOn(Schedulers.boundedElastic())
                .map(log -> simulated(limit, spec, log));
    }

    private ObjectNode simulated(RateLimit limit, RateLimitSpec proposed, TrafficLog log) {
        var simulation = new Simulation(limit.id().toString(), log.all());
        List<Tried> tried = new ArrayList<>();
        for (Asked asked : simulation.asked()) {
            tried.add(new Tried(asked, simulation.run(asked, proposed), simulation.run(asked, limit.spec())));
        }
        ObjectNode answer = JsonNodeFactory.instance.objectNode();
        answer.put("limit", limit.id().toString()).put("version_in_force", limit.version());
        instances(log, answer);
        answer.put(
                "keys_left_out",
                log.all().stream().mapToInt(Block::beyond).max().orElse(0));
        answer.put(
                "requests", tried.stream().mapToLong(it -> it.asked.requests()).sum());
        total(answer.putObject("proposed"), tried.stream().map(Tried::proposed).toList());
        total(answer.putObject("in_force"), tried.stream().map(Tried::inForce).toList());
        ArrayNode keys = answer.putArray("keys");
        tried.stream()
                .filter(it -> it.proposed.refused() + it.inForce.refused() + it.asked.refused() > 0)
                .sorted(Comparator.comparingLong(it -> -it.proposed.refused()))
                .limit(MAX_KEYS)
                .forEach(it -> keys.add(it.json()));
        answer.put(
                "note",
                "Seconds are the finest that is known, and buckets begin full; routes are those that the limit in force"
                        + " applied to.");
        return answer;
    }

    private record Tried(Asked asked, Result proposed, Result inForce) {

        ObjectNode json() {
            ObjectNode json = JsonNodeFactory.instance
                    .objectNode()
                    .put("key", asked.key())
                    .put("plan", asked.plan().isEmpty() ? null : asked.plan())
                    .put("requests", asked.requests())
                    .put("refused_then", asked.refused());
            result(json.putObject("proposed"), proposed);
            result(json.putObject("in_force"), inForce);
            return json;
        }
    }

    private static void result(ObjectNode json, Result result) {
        json.put("refused", result.refused());
        if (result.refused() > 0) {
            json.put("first", time(result.first()))
                    .put("last", time(result.last()))
                    .put("worst", time(result.worst()))
                    .put("worst_refused", result.worstRefused());
        }
    }

    private static void total(ObjectNode json, List<Result> results) {
        json.put("refused", results.stream().mapToLong(Result::refused).sum())
                .put("keys", results.stream().filter(it -> it.refused() > 0).count());
    }

    private void instances(TrafficLog log, ObjectNode answer) {
        answer.put("seconds", settings.whatIf().window().toSeconds());
        ArrayNode instances = answer.putArray("instances");
        log.blocks().forEach((name, blocks) -> {
            ObjectNode instance = instances.addObject().put("name", name).put("included", !blocks.isEmpty());
            if (!blocks.isEmpty()) {
                instance.put("from", time(blocks.getFirst().number() * Traffic.BLOCK))
                        .put("until", time((blocks.getLast().number() + 1) * Traffic.BLOCK));
            }
        });
    }

    private static String time(long seconds) {
        return Instant.ofEpochSecond(seconds).toString();
    }
}
