package io.headgate.gateway.admin;

import io.headgate.api.Problem;
import io.headgate.api.ProblemException;
import io.headgate.api.ResourceId;
import io.headgate.api.SpecReader;
import io.headgate.api.SpecReader.Outcome;
import io.headgate.filter.CostGate.Judged;
import io.headgate.gateway.datasets.DatasetExplainer;
import io.headgate.gateway.datasets.DatasetExplainer.Explained;
import io.headgate.gateway.registry.Actor;
import java.util.List;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** What a query on a dataset would cost, before a client finds out. */
final class FilterEndpoints {

    private static final int MAX_TENANT = 128;

    private final DatasetExplainer datasets;
    private final Bodies bodies;
    private final Slots slots;

    FilterEndpoints(DatasetExplainer datasets, Bodies bodies, Slots slots) {
        this.datasets = datasets;
        this.bodies = bodies;
        this.slots = slots;
    }

    private record Asked(ResourceId dataset, String tenant, String query) {

        static Asked of(JsonNode document) {
            return switch (SpecReader.read(document, "", Asked::read)) {
                case Outcome.Valid<Asked>(Asked asked) -> asked;
                case Outcome.Invalid<Asked>(var problems) ->
                    throw new ProblemException(new Problem.InvalidResource("This cannot be explained.", problems));
            };
        }

        private static Asked read(SpecReader document) {
            Supplier<ResourceId> dataset = document.parsed("dataset", ResourceId::parse);
            Supplier<String> tenant = document.parsed("tenant", Asked::tenant);
            JsonNode query = document.raw("query");
            return document.build(
                    () -> new Asked(dataset.get(), tenant.get(), query.isMissingNode() ? "{}" : query.toString()));
        }

        private static String tenant(String text) {
            if (text.isEmpty() || text.length() > MAX_TENANT) {
                throw new IllegalArgumentException(
                        "tenant: " + text.length() + " characters (expected: 1.." + MAX_TENANT + ")");
            }
            return text;
        }
    }

    /** The body names a dataset and a tenant, and has a query as clients write one. */
    Mono<ServerResponse> explain(ServerRequest request, Actor actor) {
        Parameters.allow(request);
        return slots.within(() -> bodies.document(request).map(Asked::of).flatMap(asked -> {
                    AdminRights.requireInsight(actor, asked.dataset());
                    return datasets.explain(asked.dataset(), asked.tenant(), asked.query())
                            .map(explained -> view(asked, explained));
                }))
                .flatMap(view -> Answers.ok(request, view));
    }

    private static ObjectNode view(Asked asked, Explained explained) {
        ObjectNode view = JsonNodeFactory.instance.objectNode();
        view.put("dataset", asked.dataset().toString())
                .put("tenant", asked.tenant())
                .put("shape", explained.shape());
        view.set("page", judged(explained.page()));
        view.set("export", judged(explained.export()));
        explained.indexed().forEach(view.putArray("indexed_fields")::add);
        return view;
    }

    private static ObjectNode judged(Judged judged) {
        ObjectNode view = JsonNodeFactory.instance.objectNode();
        view.put("verdict", judged.passes() ? "allowed" : "filter-too-expensive")
                .put("estimated_cost", judged.plan().cost())
                .put("allowed_cost", judged.allowed())
                .put("estimated_rows", Math.round(judged.plan().rows()));
        List.copyOf(new TreeSet<>(judged.plan().nodes())).forEach(view.putArray("nodes")::add);
        if (!judged.passes()) {
            view.put("advice", judged.refusal().detail());
        }
        return view.put("sql", judged.sql().text());
    }
}
