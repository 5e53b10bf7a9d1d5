package io.headgate.filter;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Ticker;
import io.headgate.api.Problem;
import io.headgate.api.ResourceId;
import io.headgate.filter.QueryLanguage.Understood;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.R2dbcException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Lets no statement run on a dataset that its planner takes for too expensive. The planner is asked with the values
 * bound, as they decide how many rows there are; what it says of a shape of queries is believed for a while.
 *
 * <p>Where it cannot be asked nothing passes.
 */
public final class CostGate {

    /** The largest page: one verdict holds for all sizes. */
    private static final int PAGE_ROWS = 1_000;

    private final Cache<Question, Remembered> remembered;

    /**
     * @param most verdicts that are remembered
     * @param refresh how long one is believed
     */
    public CostGate(int most, Duration refresh, Ticker ticker) {
        this.remembered = Caffeine.newBuilder()
                .maximumSize(most)
                .expireAfterWrite(refresh)
                .ticker(ticker)
                .build();
    }

    public enum Use {
        /** What stands below the limit is judged. */
        PAGE,
        EXPORT
    }

    /**
     * What the planner says, and what the dataset allows.
     *
     * @param sql the statement that was judged
     */
    public record Judged(Sql sql, PlanCost plan, long allowed, List<String> indexed) {

        public boolean passes() {
            return plan.cost() <= allowed;
        }

        /** What a client is told where it does not pass. */
        public Problem refusal() {
            return CostGate.refusal(plan, allowed, indexed);
        }
    }

    private static Problem refusal(PlanCost plan, long allowed, List<String> indexed) {
        return new Problem.FilterTooExpensive(Math.round(plan.cost()), allowed, indexed);
    }

    /** The tenant is part of it, because one may have a thousand times the rows of another. */
    private record Question(ResourceId dataset, Use use, String tenant, String shape) {}

    /** @param of the dataset as it was: what was said of another table or another schema does not hold */
    private record Remembered(Dataset of, PlanCost plan) {}

    /**
     * Completes with the cost of a query that may run.
     *
     * <p>Errs with {@code filter-too-expensive}, or with the problem that keeps the planner from telling.
     */
    public Mono<PlanCost> require(Use use, Dataset dataset, String tenant, Understood query, Connection connection) {
        var question = new Question(dataset.id(), use, tenant, query.shape());
        return Mono.defer(() -> known(question, dataset)
                        .map(Mono::just)
                        .orElseGet(() -> judge(use, dataset, tenant, query, connection)
                                .map(Judged::plan)
                                .doOnNext(plan -> remembered.put(question, new Remembered(dataset, plan)))))
                .doOnNext(plan -> requireAllowed(plan, use, dataset));
    }

    private Optional<PlanCost> known(Question question, Dataset dataset) {
        return Optional.ofNullable(remembered.getIfPresent(question))
                .filter(entry -> entry.of().equals(dataset))
                .map(Remembered::plan);
    }

    private static void requireAllowed(PlanCost plan, Use use, Dataset dataset) {
        long allowed = allowed(use, dataset);
        if (plan.cost() > allowed) {
            throw refusal(plan, allowed, dataset.indexed()).asException();
        }
    }

    private static long allowed(Use use, Dataset dataset) {
        return switch (use) {
            case PAGE -> dataset.spec().limits().pageCost();
            case EXPORT -> dataset.spec().limits().exportCost();
        };
    }

    /** Asks the planner anew, and lets pass whatever it says. */
    public static Mono<Judged> judge(Use use, Dataset dataset, String tenant, Understood query, Connection connection) {
        var statements = new DatasetSql(dataset);
        var order = statements.order(query.sort());
        Sql sql = switch (use) {
            case PAGE ->
                statements.slice(new DatasetSql.Slice(tenant, query.filter(), order, Optional.empty(), PAGE_ROWS));
            case EXPORT ->
                statements.export(
                        tenant, query.filter(), query.sort(), dataset.spec().columns());
        };
        boolean isUniform = Keyset.isUniform(order, dataset.schema());
        return explained(sql, connection)
                .map(text -> switch (use) {
                    case PAGE -> PlanCost.belowLimit(text, isUniform, ofTenant(dataset, tenant));
                    case EXPORT -> PlanCost.whole(text);
                })
                .map(plan -> new Judged(sql, plan, allowed(use, dataset), dataset.indexed()))
                .onErrorMap(
                        IllegalStateException.class,
                        e -> DatasetFailures.unavailable().asException())
                .onErrorMap(R2dbcException.class, e -> DatasetFailures.problem(e, dataset.id()));
    }

    /** As plans write it, for text and for other types of it; where they write it otherwise, it counts as any condition. */
    private static Set<String> ofTenant(Dataset dataset, String tenant) {
        String column = dataset.spec().tenantColumn();
        String value = " = '" + tenant.replace("'", "''") + "'::text)";
        return Set.of("(" + column + value, "((" + column + ")::text" + value);
    }

    private static Mono<String> explained(Sql sql, Connection connection) {
        Sql explain = new Sql("EXPLAIN (FORMAT JSON) " + sql.text(), sql.values());
        return Flux.from(explain.on(connection).execute())
                .concatMap(result -> result.map((row, metadata) -> String.valueOf(row.get(0, String.class))))
                .collect(Collectors.joining());
    }
}
