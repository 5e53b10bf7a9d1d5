package io.headgate.authz;

import io.headgate.api.Findings;
import io.headgate.api.Findings.Instance;
import io.headgate.api.Findings.Kept;
import io.headgate.api.Findings.State;
import io.headgate.api.Findings.Told;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import reactor.core.publisher.Mono;

/**
 * What all instances have found out.
 *
 * @param instances whom it is from, or should be; empty where there is but this one
 */
record Merged<T>(T whole, List<Instance> instances) {

    Merged {
        instances = List.copyOf(instances);
    }

    /** Those whose findings are missing. */
    List<String> silent() {
        return instances.stream()
                .filter(instance -> instance.state() == State.SILENT)
                .map(Instance::name)
                .sorted()
                .toList();
    }

    /** @param store empty where nobody else is there to ask */
    static <T> Mono<Merged<T>> of(Shared<T> own, Optional<Findings> store) {
        return store.map(findings -> findings.about(own.subject()).map(told -> merged(own, told)))
                .orElseGet(() -> Mono.fromSupplier(() -> new Merged<>(own.whole(), List.of())));
    }

    private static <T> Merged<T> merged(Shared<T> own, Told told) {
        own.resume(told.own());
        List<T> parts = new ArrayList<>(List.of(own.whole()));
        Set<String> unreadable = new HashSet<>();
        for (Kept kept : told.shares()) {
            if (!kept.instance().equals(told.self()) && own.isAboutThis(kept.share())) {
                own.read(kept.share()).ifPresentOrElse(parts::add, () -> unreadable.add(kept.instance()));
            }
        }
        return new Merged<>(
                own.sum(parts),
                told.instances().stream()
                        .map(instance -> unreadable.contains(instance.name())
                                ? new Instance(instance.name(), State.SILENT)
                                : instance)
                        .toList());
    }
}
