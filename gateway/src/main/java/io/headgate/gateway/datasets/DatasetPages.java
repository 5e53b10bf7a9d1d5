package io.headgate.gateway.datasets;

import io.headgate.api.Problem;
import io.headgate.api.SortKey;
import io.headgate.api.SpecProblem;
import io.headgate.filter.CostGate;
import io.headgate.filter.CostGate.Use;
import io.headgate.filter.Dataset;
import io.headgate.filter.DatasetSql;
import io.headgate.filter.DatasetSql.Slice;
import io.headgate.filter.Keyset;
import io.headgate.filter.QueryLanguage.Understood;
import io.headgate.filter.Sql;
import io.headgate.pagination.KeysetPages;
import io.headgate.pagination.KeysetPages.Place;
import io.headgate.reads.ReadScope;
import io.r2dbc.spi.Connection;
import java.time.DateTimeException;
import java.util.List;
import java.util.Optional;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Reads one page, once its cost was judged, in the same transaction. */
final class DatasetPages {

    private final DatasetConnections connections;
    private final CostGate gate;
    private final DatasetProperties limits;

    DatasetPages(DatasetConnections connections, CostGate gate, DatasetProperties limits) {
        this.connections = connections;
        this.gate = gate;
        this.limits = limits;
    }

    /** @param tenant whose rows, and nobody else's */
    Mono<PageOfRows> read(Dataset dataset, String tenant, Understood query, KeysetPages.Page page, ReadScope scope) {
        var sql = new DatasetSql(dataset);
        boolean backwards = page.place().backwards();
        List<SortKey> total = sql.order(query.sort());
        List<SortKey> order = backwards ? Keyset.reversed(total) : total;
        var slice = new Slice(tenant, query.filter(), order, position(page.place(), order, dataset), page.limit() + 1);
        return connections
                .read(
                        dataset,
                        scope,
                        connection -> gate.require(Use.PAGE, dataset, tenant, query, connection)
                                .then(Mono.defer(() -> rows(sql, slice, connection))))
                .map(rows -> backwards ? rows.reversed() : rows);
    }

    /** A place that was sealed under another key or other types of fields says nothing any more. */
    private static Optional<Keyset.Position> position(Place place, List<SortKey> order, Dataset dataset) {
        try {
            return place.values().isEmpty()
                    ? Optional.empty()
                    : Optional.of(Keyset.Position.of(order, place.values(), dataset.schema()));
        } catch (IllegalArgumentException | DateTimeException e) {
            throw new Problem.InvalidQuery(List.of(new SpecProblem(
                            "/cursor", "made when the dataset was another one (expected: to begin anew without it)")))
                    .asException();
        }
    }

    private Mono<PageOfRows> rows(DatasetSql sql, Slice slice, Connection connection) {
        var page = new PageOfRows(slice.rows() - 1, limits.maxPage().toBytes());
        Sql statement = sql.page(slice, (int) limits.maxPage().toBytes());
        return Flux.from(statement.on(connection).fetchSize(limits.fetchSize()).execute())
                .concatMap(result -> result.map(row -> sql.row(row, slice.order())))
                .doOnNext(page::add)
                .takeWhile(row -> page.isOpen())
                .then(Mono.just(page));
    }
}
