package io.headgate.filter;

import io.headgate.api.ConfigSnapshot;
import io.headgate.api.ConfigView;
import io.headgate.api.DatasetSpec;
import io.headgate.api.Resource;
import io.headgate.api.ResourceId;
import io.headgate.api.SpecProblem;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The datasets of a revision, each with its schema. One that did not change is the same object. */
final class DatasetView implements ConfigView<DatasetView.Served> {

    /** @param leftOut those that cannot be read, each with the reason */
    record Served(Map<ResourceId, Dataset> datasets, Map<Resource<?>, String> leftOut) {
        Served {
            datasets = Map.copyOf(datasets);
            leftOut = Map.copyOf(leftOut);
        }
    }

    @Override
    public Served derive(Optional<Served> previous, ConfigSnapshot next) {
        Map<ResourceId, Dataset> datasets = new HashMap<>();
        Map<Resource<?>, String> leftOut = new HashMap<>();
        for (Resource<DatasetSpec> resource : next.all(DatasetSpec.class)) {
            Optional<FilterSchema> schema = next.find(
                            FilterSchema.class, resource.spec().filterSchema())
                    .map(Resource::spec);
            List<SpecProblem> misfits =
                    schema.map(known -> Dataset.misfits(resource.spec(), known)).orElse(List.of());
            if (schema.isEmpty()) {
                leftOut.put(
                        resource, "there is no FilterSchema " + resource.spec().filterSchema());
            } else if (!misfits.isEmpty()) {
                leftOut.put(
                        resource,
                        misfits.getFirst().pointer() + ": " + misfits.getFirst().detail());
            } else {
                var dataset = new Dataset(resource.id(), resource.spec(), schema.get());
                datasets.put(resource.id(), asBefore(previous, dataset));
            }
        }
        return new Served(datasets, leftOut);
    }

    private static Dataset asBefore(Optional<Served> previous, Dataset dataset) {
        return previous.map(served -> served.datasets().get(dataset.id()))
                .filter(dataset::equals)
                .orElse(dataset);
    }

    @Override
    public Map<Resource<?>, String> leftOut(Served view) {
        return view.leftOut();
    }
}
