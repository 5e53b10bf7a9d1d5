package io.headgate.export;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Looks at the jobs that somebody watches, at all of them in one question, and only while somebody does. */
final class JobWatch {

    private final JobStore store;
    private final Map<UUID, Integer> watched = new ConcurrentHashMap<>();
    private final Flux<Job> looks;

    JobWatch(JobStore store, Duration interval) {
        this.store = store;
        this.looks = Flux.interval(interval)
                .onBackpressureDrop()
                .concatMap(tick -> look(), 1)
                .flatMapIterable(jobs -> jobs)
                .share();
    }

    private Mono<List<Job>> look() {
        return Mono.defer(() -> store.find(List.copyOf(watched.keySet()))).onErrorResume(away -> Mono.just(List.of()));
    }

    /** The job as it is from now on; who is slow misses what was in between, and holds up nobody. */
    Flux<Job> of(UUID id) {
        return Flux.using(
                () -> watched.merge(id, 1, Integer::sum),
                count -> looks.filter(job -> job.id().equals(id)).onBackpressureLatest(),
                count -> leave(id));
    }

    private void leave(UUID id) {
        watched.merge(id, -1, Integer::sum);
        watched.remove(id, 0);
    }

    int watched() {
        return watched.size();
    }
}
