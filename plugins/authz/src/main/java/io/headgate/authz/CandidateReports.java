package io.headgate.authz;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.headgate.api.Resource;
import io.headgate.api.ResourceId;
import java.util.Collection;
import java.util.Optional;

/** The reports on the sets that are in the shadow now, each on its present version. */
public final class CandidateReports {

    private static final int MAX_REPORTS = 1_000;

    private final int maxDifferences;
    private final Cache<ResourceId, CandidateReport> reports =
            Caffeine.newBuilder().maximumSize(MAX_REPORTS).build();

    CandidateReports(int maxDifferences) {
        this.maxDifferences = maxDifferences;
    }

    public Optional<CandidateReport> find(ResourceId id) {
        return Optional.ofNullable(reports.getIfPresent(id));
    }

    /** Forgets what was found about sets, or versions of them, that are not in the shadow any more. */
    void keepOnly(Collection<Resource<PolicySetSpec>> candidates) {
        reports.asMap().values().removeIf(report -> candidates.stream().noneMatch(report::isAbout));
    }

    CandidateReport of(Resource<PolicySetSpec> candidate) {
        return reports.asMap()
                .compute(
                        candidate.id(),
                        (id, known) -> known != null && known.isAbout(candidate)
                                ? known
                                : new CandidateReport(candidate, maxDifferences));
    }
}
