package io.headgate.export;

import io.headgate.api.Problem;
import io.headgate.api.ProblemException;
import io.headgate.api.ProblemType;
import io.headgate.filter.CostGate;
import io.headgate.filter.Dataset;
import io.headgate.filter.DatasetFailures;
import io.headgate.filter.DatasetSql;
import io.headgate.filter.Datasets;
import io.headgate.filter.PlanCost;
import io.headgate.filter.QueryLanguage;
import io.headgate.filter.QueryLanguage.Understood;
import io.headgate.filter.Sql;
import io.headgate.reads.Consistency;
import io.headgate.reads.Databases;
import io.headgate.reads.ReadScope;
import io.headgate.reads.ReadScopes;
import io.r2dbc.spi.ConnectionFactory;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * Reads an export out of one snapshot, as fast as its bytes are asked for. Rows leave the connection's thread in batches
 * and are written by an encoder's; what is asked for at the end is what is asked of the database, so nothing gathers
 * between the two.
 */
final class ExportCursor implements ExportRunner {

    /** Batches that wait for an encoder; with two the connection would stand until both are written. */
    private static final int HANDED_OVER = 4;

    /** Rows that are asked for together: asking for each costs more than copying it. The driver itself reads 256 ahead. */
    private static final int ROWS_AT_ONCE = 32;

    private static final DefaultDataBufferFactory BUFFERS = new DefaultDataBufferFactory();

    /**
     * What an export is made with.
     *
     * @param encoders where formats are written
     */
    record Tools(
            Datasets datasets,
            QueryLanguage language,
            Databases databases,
            ReadScopes scopes,
            ExportFormats formats,
            CostGate gate,
            ExportSlots slots,
            Scheduler encoders) {}

    /** @param maxRows what the dataset allows, and what the format holds */
    private record Plan(
            ExportOrder order,
            Dataset dataset,
            Understood query,
            ConnectionFactory connections,
            ExportFormat format,
            long maxRows) {

        /** One row more than may be, so that too many are noticed and not cut off. */
        Sql rows() {
            return limited("", select(), "");
        }

        Sql count() {
            return limited("SELECT count(*) FROM (", select(), ") AS rows");
        }

        private Sql limited(String before, Sql select, String after) {
            return new Sql(before + select.text() + " LIMIT " + (maxRows + 1) + after, select.values());
        }

        private Sql select() {
            return new DatasetSql(dataset).export(order.tenant(), query.filter(), query.sort(), order.columns());
        }
    }

    private final Tools tools;
    private final ExportProperties settings;

    ExportCursor(Tools tools, ExportProperties settings) {
        this.tools = tools;
        this.settings = settings;
    }

    @Override
    public Flux<DataBuffer> run(ExportOrder order, ExportTally tally) {
        return Flux.defer(() -> run(plan(order), scope(order), tally));
    }

    /** No replica cancels a snapshot of the primary's; but long reads are not what the primary is for. */
    @Override
    public Flux<DataBuffer> runLast(ExportOrder order, ExportTally tally) {
        return Flux.defer(() -> {
            Plan plan = plan(order);
            boolean isAllowed = plan.dataset().spec().limits().lastOnPrimary();
            return run(plan, isAllowed ? scopeOfPrimary(order) : scope(order), tally);
        });
    }

    private ReadScope scope(ExportOrder order) {
        return tools.scopes().openForExport(order.tenant(), order.consistency());
    }

    private ReadScope scopeOfPrimary(ExportOrder order) {
        return tools.scopes().open(order.tenant(), order.consistency(), Consistency.STRONG, Duration.ZERO);
    }

    /**
     * How many rows it would have, as the planner reckons; errs as a run would before its first byte. It takes the room of
     * an export, for a moment.
     */
    Mono<Long> reckon(ExportOrder order) {
        return Mono.defer(() -> {
            Plan plan = plan(order);
            ReadScope scope = scope(order);
            return inSession(
                            plan,
                            scope,
                            session -> judged(session, plan, scope, new ExportTally())
                                    .flux())
                    .single();
        });
    }

    private Flux<DataBuffer> run(Plan plan, ReadScope scope, ExportTally tally) {
        Flux<RowBatch> rows = inSession(plan, scope, session -> {
                    tally.connected();
                    return judged(session, plan, scope, tally).thenMany(Flux.defer(() -> cursor(session, plan)));
                })
                .doOnComplete(() -> tally.read(tools.scopes().token(plan.order().tenant(), scope)));
        return timed(encoded(rows, plan, tally));
    }

    private <T> Flux<T> inSession(Plan plan, ReadScope scope, Function<ExportSession, Flux<T>> reading) {
        return Flux.usingWhen(
                        session(plan),
                        reading,
                        ExportSession::end,
                        (session, _) -> session.abandon(),
                        ExportSession::abandon)
                .contextWrite(context -> ReadScope.putReadOnly(scope.put(context)));
    }

    private Plan plan(ExportOrder order) {
        Dataset dataset = tools.datasets()
                .find(order.dataset())
                .orElseThrow(() -> Problem.of(ProblemType.NOT_FOUND, "There is no dataset of this name.")
                        .asException());
        ConnectionFactory connections = tools.databases()
                .find(dataset.spec().database(), Databases.Use.EXPORTS)
                .orElseThrow(() -> DatasetFailures.unavailable().asException());
        ExportFormat format = tools.formats().of(order.format());
        return new Plan(
                order,
                dataset,
                tools.language().document(order.query(), dataset.schema()),
                connections,
                format,
                Math.min(dataset.spec().limits().rows(), format.maxRows()));
    }

    private Mono<ExportSession> session(Plan plan) {
        return Mono.fromSupplier(() -> tools.slots().take(plan.order().tenant()))
                .flatMap(slot -> ExportSession.open(plan.connections(), slot, settings.cancelGrace()));
    }

    /** The rows that the planner reckons with, where nothing speaks against reading them. */
    private Mono<Long> judged(ExportSession session, Plan plan, ReadScope scope, ExportTally tally) {
        ExportOrder order = plan.order();
        return session.begin(order.tenant(), order.zone())
                .flatMap(snapshot -> tools.gate()
                        .require(
                                CostGate.Use.EXPORT, plan.dataset(), order.tenant(), plan.query(), session.connection())
                        .map(PlanCost::rows)
                        .map(Math::round)
                        .doOnNext(estimate -> tally.began(source(snapshot, scope, estimate))))
                .flatMap(estimate -> estimate > plan.maxRows() ? counted(session, plan) : Mono.just(estimate));
    }

    /** The planner may be wrong: before anyone is refused the rows are counted, no further than the limit. */
    private static Mono<Long> counted(ExportSession session, Plan plan) {
        return session.one(
                        plan.count(),
                        row -> Optional.ofNullable(row.get(0, Long.class)).orElseThrow())
                .doOnNext(rows -> {
                    if (rows > plan.maxRows()) {
                        throw tooMany(plan.maxRows());
                    }
                });
    }

    static ProblemException tooMany(long maxRows) {
        return Problem.of(
                        ProblemType.EXPORT_TOO_LARGE,
                        "There are more rows than may be exported like this (expected: at most " + maxRows + ").")
                .asException();
    }

    private Flux<RowBatch> cursor(ExportSession session, Plan plan) {
        var batcher = new RowBatcher((int) settings.batch().toBytes());
        return Flux.from(session.statement(plan.rows())
                        .fetchSize(settings.fetchSize())
                        .execute())
                .concatMap(result -> result.map(batcher::add))
                .limitRate(ROWS_AT_ONCE)
                .filter(batch -> batch != RowBatcher.NONE)
                .concatWith(Mono.defer(() -> Mono.justOrEmpty(batcher.rest())));
    }

    private static ExportTally.Source source(ExportSession.Snapshot snapshot, ReadScope scope, long estimate) {
        return new ExportTally.Source(scope.outcome(), snapshot.id(), snapshot.position(), estimate);
    }

    private Flux<DataBuffer> encoded(Flux<RowBatch> rows, Plan plan, ExportTally tally) {
        return Flux.using(
                () -> new Encoder(plan.format(), plan.order(), plan.maxRows(), tally),
                encoder -> rows.publishOn(tools.encoders(), false, HANDED_OVER)
                        .map(encoder::rows)
                        .concatWith(Mono.fromSupplier(encoder::end))
                        .filter(bytes -> bytes.length > 0)
                        .map(BUFFERS::wrap),
                Encoder::close);
    }

    /** Whoever stands, the database or the client, may stand that long; and however it moves, it ends. */
    private Flux<DataBuffer> timed(Flux<DataBuffer> bytes) {
        return Flux.defer(() -> {
            var isFlowing = new AtomicBoolean();
            return bytes.doOnNext(_ -> isFlowing.set(true))
                    .timeout(
                            Mono.delay(settings.firstRow()),
                            _ -> Mono.delay(settings.stall()),
                            Flux.error(() -> isFlowing.get()
                                    ? late("Nothing moved for "
                                            + settings.stall().toSeconds() + " s.")
                                    : late("The first row did not come within "
                                            + settings.firstRow().toSeconds() + " s.")))
                    .takeUntilOther(Mono.delay(settings.total())
                            .then(Mono.error(() -> late("The export did not end within "
                                    + settings.total().toSeconds() + " s."))));
        });
    }

    private static ProblemException late(String detail) {
        return Problem.of(ProblemType.GATEWAY_TIMEOUT, detail).asException();
    }
}
