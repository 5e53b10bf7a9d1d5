package io.headgate.gateway.datasets;

import io.headgate.api.Problem;
import io.headgate.api.ProblemType;
import io.headgate.api.ResourceId;
import io.headgate.filter.CostGate;
import io.headgate.filter.CostGate.Judged;
import io.headgate.filter.CostGate.Use;
import io.headgate.filter.Dataset;
import io.headgate.filter.Datasets;
import io.headgate.filter.QueryLanguage;
import io.headgate.filter.QueryLanguage.Understood;
import io.headgate.reads.Consistency;
import io.headgate.reads.ReadScopes;
import java.time.Duration;
import java.util.List;
import reactor.core.publisher.Mono;

/** Says what a query would cost, and why it would be refused, without running it. */
public final class DatasetExplainer {

    private final Datasets datasets;
    private final QueryLanguage language;
    private final DatasetConnections connections;
    private final ReadScopes scopes;

    DatasetExplainer(Datasets datasets, QueryLanguage language, DatasetConnections connections, ReadScopes scopes) {
        this.datasets = datasets;
        this.language = language;
        this.connections = connections;
        this.scopes = scopes;
    }

    /** @param indexed the fields by which rows are found without reading them all */
    public record Explained(String shape, Judged page, Judged export, List<String> indexed) {}

    /**
     * @param tenant whose rows would be read: what a query costs depends on how many there are
     * @param query as one document of the filter language
     */
    public Mono<Explained> explain(ResourceId id, String tenant, String query) {
        Dataset dataset = datasets.find(id)
                .orElseThrow(() -> Problem.of(ProblemType.NOT_FOUND, "There is no dataset " + id + " that can be read.")
                        .asException());
        Understood understood = language.document(query, dataset.schema());
        return connections.read(
                dataset,
                scopes.open(tenant, List.of(), Consistency.EVENTUAL, Duration.ZERO),
                connection -> CostGate.judge(Use.PAGE, dataset, tenant, understood, connection)
                        .flatMap(page -> CostGate.judge(Use.EXPORT, dataset, tenant, understood, connection)
                                .map(export -> new Explained(understood.shape(), page, export, dataset.indexed()))));
    }
}
