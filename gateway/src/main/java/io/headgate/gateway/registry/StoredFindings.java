package io.headgate.gateway.registry;

import io.headgate.api.Findings;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.Readable;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Findings beside the registry: one row for each instance and subject, which that instance alone writes. */
final class StoredFindings implements Findings {

    /** Rows that nobody writes any more, of those that go with one telling. */
    private static final int PRUNED_AT_ONCE = 100;

    private static final String OLD = "now() - $2 * interval '1 millisecond'";
    private static final String KEEP = "WITH old AS (DELETE FROM headgate.finding WHERE ctid = ANY (ARRAY("
            + "SELECT ctid FROM headgate.finding WHERE kept_at < " + OLD + " AND instance <> $1 LIMIT "
            + PRUNED_AT_ONCE + "))), gone AS (DELETE FROM headgate.teller WHERE told_at < " + OLD
            + " AND instance <> $1), told AS (INSERT INTO headgate.teller VALUES ($1, now())"
            + " ON CONFLICT (instance) DO UPDATE SET told_at = excluded.told_at)"
            + " INSERT INTO headgate.finding (report, team, name, instance, basis, body, kept_at)"
            + " SELECT share.report, share.team, share.name, $1, share.basis, share.body::json, now()"
            + " FROM unnest($3, $4, $5, $6, $7) AS share (report, team, name, basis, body)"
            + " ON CONFLICT (report, team, name, instance) DO UPDATE SET basis = excluded.basis,"
            + " body = excluded.body, kept_at = excluded.kept_at";

    private final Store store;
    private final String instance;
    private final FindingsProperties bounds;
    private final Duration lifetime;

    /** @param lifetime after which an instance that is not heard of does not live any more */
    StoredFindings(Store store, String instance, FindingsProperties bounds, Duration lifetime) {
        this.store = store;
        this.instance = instance;
        this.bounds = bounds;
        this.lifetime = lifetime;
    }

    @Override
    public Mono<Void> keep(List<Share> shares) {
        return store.reading(connection -> Store.executed(connection
                                .createStatement(KEEP)
                                .bind("$1", instance)
                                .bind("$2", (double) bounds.keepFor().toMillis())
                                .bind(
                                        "$3",
                                        column(shares, share -> share.subject().report()))
                                .bind(
                                        "$4",
                                        column(
                                                shares,
                                                share -> share.subject().id().team()))
                                .bind(
                                        "$5",
                                        column(
                                                shares,
                                                share -> share.subject().id().name()))
                                .bind("$6", column(shares, Share::basis))
                                .bind("$7", column(shares, Share::body)))
                        .thenReturn(true))
                .then();
    }

    private static String[] column(List<Share> shares, Function<Share, String> member) {
        return shares.stream().map(member).toArray(String[]::new);
    }

    @Override
    public Mono<Told> about(Subject subject) {
        return store.reading(connection -> Mono.zip(shares(connection, subject), heardOf(connection)))
                .map(both -> new Told(instance, both.getT1(), instances(both.getT1(), both.getT2())));
    }

    private static Mono<List<Kept>> shares(Connection connection, Subject subject) {
        return Flux.from(connection
                        .createStatement("SELECT instance, basis, body, kept_at FROM headgate.finding"
                                + " WHERE report = $1 AND team = $2 AND name = $3 ORDER BY instance")
                        .bind("$1", subject.report())
                        .bind("$2", subject.id().team())
                        .bind("$3", subject.id().name())
                        .execute())
                .flatMap(result -> result.map(row -> kept(row, subject)))
                .collectList();
    }

    private static Kept kept(Readable row, Subject subject) {
        return new Kept(
                Store.required(row, "instance", String.class),
                Store.required(row, "kept_at", Instant.class),
                new Share(
                        subject,
                        Store.required(row, "basis", String.class),
                        Store.required(row, "body", String.class)));
    }

    /** Every instance that lives, and whether it told of itself lately. */
    private Mono<Map<String, Boolean>> heardOf(Connection connection) {
        return Flux.from(connection
                        .createStatement("SELECT i.name, coalesce(t.told_at >= now() - $1 * interval '1 millisecond',"
                                + " false) AS heard FROM headgate.instance i LEFT JOIN headgate.teller t"
                                + " ON t.instance = i.name WHERE i.seen_at >= now() - $2 * interval '1 millisecond'")
                        .bind("$1", (double) bounds.maxSilence().toMillis())
                        .bind("$2", (double) lifetime.toMillis())
                        .execute())
                .flatMap(result -> result.map(row -> Map.entry(
                        Store.required(row, "name", String.class), Store.required(row, "heard", Boolean.class))))
                .collectMap(Map.Entry::getKey, Map.Entry::getValue);
    }

    private List<Instance> instances(List<Kept> shares, Map<String, Boolean> living) {
        Map<String, State> states = new TreeMap<>();
        shares.forEach(kept -> states.put(kept.instance(), State.GONE));
        living.forEach((name, heard) -> states.put(name, heard ? State.REPORTING : State.SILENT));
        states.put(instance, State.REPORTING); // whoever asks knows its own
        return states.entrySet().stream()
                .map(entry -> new Instance(entry.getKey(), entry.getValue()))
                .toList();
    }
}
