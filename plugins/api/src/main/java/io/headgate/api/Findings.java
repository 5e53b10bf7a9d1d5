package io.headgate.api;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import reactor.core.publisher.Mono;

/**
 * What instances find out beside the traffic, kept where every one of them sees it, so that a report tells of them all.
 * Where it is kept may be away: then both methods end in {@code registry-unavailable}, in bounded time.
 */
public interface Findings {

    /** @param report which of the reports about {@code id}, as in {@code candidate} */
    record Subject(String report, ResourceId id) {}

    /**
     * What one instance found out about a subject.
     *
     * @param basis what it is about, as in a version; only shares of one basis add up
     * @param body JSON, for those alone who make the report
     */
    record Share(Subject subject, String basis, String body) {}

    /** @param at when it was kept last */
    record Kept(String instance, Instant at, Share share) {}

    enum State {
        /** Lives, and has told what it knows within the time that is allowed. */
        REPORTING,
        /** Lives, and has not: what it knows is missing. */
        SILENT,
        /** Lives no more; what it told still counts. */
        GONE
    }

    record Instance(String name, State state) {}

    /** @param self the instance that asks, whose own share may be older than what it knows */
    record Told(String self, List<Kept> shares, List<Instance> instances) {

        public Told {
            shares = List.copyOf(shares);
            instances = List.copyOf(instances);
        }

        public Optional<Share> own() {
            return shares.stream()
                    .filter(kept -> kept.instance().equals(self))
                    .map(Kept::share)
                    .findFirst();
        }
    }

    /** Each takes the place of what this instance kept of its subject; also says that there is no more to tell. */
    Mono<Void> keep(List<Share> shares);

    Mono<Told> about(Subject subject);
}
