package io.headgate.authz;

import io.headgate.api.Findings;
import io.headgate.api.Problem;
import io.headgate.api.ProblemType;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import reactor.core.publisher.Mono;

/** What instances told, for several of them in one test; it may be away, and instances may fall silent. */
final class FakeFindings {

    final Map<String, State> states = new TreeMap<>();
    boolean away;
    private final Map<List<Object>, Findings.Kept> kept = new ConcurrentHashMap<>();

    enum State {
        REPORTING,
        SILENT,
        GONE
    }

    Findings of(String instance) {
        states.put(instance, State.REPORTING);
        return new Findings() {
            @Override
            public Mono<Void> keep(List<Share> shares) {
                return Mono.defer(() -> away ? Mono.error(FakeFindings::gone) : keepAll(shares));
            }

            private Mono<Void> keepAll(List<Share> shares) {
                shares.forEach(share ->
                        kept.put(List.of(instance, share.subject()), new Kept(instance, Instant.EPOCH, share)));
                return Mono.empty();
            }

            @Override
            public Mono<Told> about(Subject subject) {
                return Mono.defer(() -> away ? Mono.error(FakeFindings::gone) : Mono.just(told(subject)));
            }

            private Told told(Subject subject) {
                List<Instance> instances = new ArrayList<>();
                states.forEach(
                        (name, state) -> instances.add(new Instance(name, Findings.State.valueOf(state.name()))));
                return new Told(
                        instance,
                        kept.values().stream()
                                .filter(one -> one.share().subject().equals(subject))
                                .toList(),
                        instances);
            }
        };
    }

    /** As another build might write it. */
    void garble() {
        kept.replaceAll((key, one) -> new Findings.Kept(
                one.instance(),
                one.at(),
                new Findings.Share(one.share().subject(), one.share().basis(), "[1]")));
    }

    private static RuntimeException gone() {
        return Problem.tryLater(ProblemType.REGISTRY_UNAVAILABLE, "away", Duration.ofSeconds(1))
                .asException();
    }
}
