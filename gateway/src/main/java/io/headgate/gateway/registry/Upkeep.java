package io.headgate.gateway.registry;

import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** What an instance does beside serving: it says that it lives, lets old versions go, and removes what has ended. */
final class Upkeep {

    private static final Logger log = LoggerFactory.getLogger(Upkeep.class);
    private static final Duration BETWEEN_BEATS = Duration.ofMillis(100);

    private final Store store;
    private final RegistryProperties properties;

    Upkeep(Store store, RegistryProperties properties) {
        this.store = store;
        this.properties = properties;
    }

    /**
     * @param changes at each of them the others hear of it without waiting for the next beat
     * @param end lets a beat that is under way come to its own end
     */
    Flux<Void> beating(Flux<?> changes, Supplier<InstanceStatus> status, Mono<Void> end) {
        return Flux.merge(changes, Flux.interval(properties.heartbeatInterval()))
                .onBackpressureLatest()
                .takeUntilOther(end)
                .concatMap(
                        signal -> Mono.defer(() -> store.beat(status.get(), properties.instanceLifetime()))
                                .onErrorComplete()
                                .then(Mono.delay(BETWEEN_BEATS))
                                .then(),
                        1);
    }

    Flux<Void> pruning(BooleanSupplier storeIsThere) {
        return Flux.interval(properties.history().pruneInterval())
                .onBackpressureDrop()
                .filter(tick -> storeIsThere.getAsBoolean())
                .concatMap(tick -> pruned(), 1);
    }

    private Mono<Void> pruned() {
        RegistryProperties.History history = properties.history();
        return store.prune(history)
                .expand(gone -> gone < history.pruneBatch() ? Mono.empty() : store.prune(history))
                .reduce(0L, Long::sum)
                .doOnNext(gone -> {
                    if (gone > 0) {
                        log.atInfo().addKeyValue("versions", gone).log("old versions let go");
                    }
                })
                .doOnError(error ->
                        log.atWarn().addKeyValue("reason", error.toString()).log("old versions not let go, yet"))
                .onErrorComplete()
                .then();
    }

    Flux<Void> removing(Supplier<List<Intent>> ended, Function<Intent, Mono<?>> removal) {
        return Flux.interval(properties.expiryInterval())
                .onBackpressureDrop()
                .concatMap(
                        tick -> Flux.fromIterable(ended.get())
                                .concatMap(intent -> removal.apply(intent).onErrorComplete())
                                .then(),
                        1);
    }
}
