package io.headgate.authz;

import io.headgate.api.Findings;
import io.headgate.api.Resource;
import io.headgate.api.ResourceId;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import reactor.core.publisher.Mono;

/** The reports on the sets that are in the shadow now, each on its present version. */
public final class CandidateReports {

    /** What was asked of the others before a review; longer than a writer waits for its turn. */
    private static final Duration FRESH = Duration.ofSeconds(30);

    /**
     * What all instances have found out about one version.
     *
     * @param instances whom it is from; empty where there is but this one
     */
    public record Report(long version, CandidateReport.Body found, List<Findings.Instance> instances) {

        public Report {
            instances = List.copyOf(instances);
        }

        /** Those whose findings are missing. */
        public List<String> silent() {
            return new Merged<>(found, instances).silent();
        }
    }

    private record Read(Report report, Instant at) {}

    private final int maxDifferences;
    private final Supplier<Optional<Findings>> findings;
    private final Clock clock;
    private final Map<ResourceId, CandidateReport> reports = new ConcurrentHashMap<>();
    private final Map<ResourceId, Read> read = new ConcurrentHashMap<>();

    /** Of this instance alone. */
    CandidateReports(int maxDifferences) {
        this(maxDifferences, Optional::empty, Clock.systemUTC());
    }

    /** @param findings of all instances; asked for late, since the registry that keeps them is made of what stands here */
    CandidateReports(int maxDifferences, Supplier<Optional<Findings>> findings, Clock clock) {
        this.maxDifferences = maxDifferences;
        this.findings = findings;
        this.clock = clock;
    }

    /** From all instances; empty where the set is not in the shadow. */
    public Mono<Optional<Report>> find(ResourceId id) {
        CandidateReport own = reports.get(id);
        return own == null
                ? Mono.just(Optional.empty())
                : Merged.of(own, findings.get()).map(merged -> Optional.of(report(own, merged)));
    }

    private static Report report(CandidateReport own, Merged<CandidateReport.Body> merged) {
        return new Report(own.version(), merged.whole(), merged.instances());
    }

    /** So that {@link #known} knows. */
    Mono<Void> inform(ResourceId id) {
        return find(id).doOnNext(found -> found.ifPresentOrElse(
                        report -> read.put(id, new Read(report, clock.instant())), () -> read.remove(id)))
                .then();
    }

    boolean isInTheShadow(ResourceId id) {
        return reports.containsKey(id);
    }

    /** What a review may go by; empty where the others were not asked, or too long ago. */
    Optional<Report> known(ResourceId id) {
        CandidateReport own = reports.get(id);
        if (own != null && findings.get().isEmpty()) {
            return Optional.of(new Report(own.version(), own.whole(), List.of()));
        }
        return Optional.ofNullable(read.get(id))
                .filter(last -> own != null && last.report().version() == own.version())
                .filter(last -> last.at().plus(FRESH).isAfter(clock.instant()))
                .map(Read::report);
    }

    /** Forgets what was found about sets, or versions of them, that are not in the shadow any more. */
    void keepOnly(Collection<Resource<PolicySetSpec>> candidates) {
        reports.values().removeIf(report -> candidates.stream().noneMatch(report::isAbout));
        candidates.forEach(this::of);
        read.keySet().retainAll(reports.keySet());
    }

    Collection<CandidateReport> all() {
        return reports.values();
    }

    CandidateReport of(Resource<PolicySetSpec> candidate) {
        return reports.compute(
                candidate.id(),
                (id, known) -> known != null && known.isAbout(candidate)
                        ? known
                        : new CandidateReport(candidate, maxDifferences));
    }
}
