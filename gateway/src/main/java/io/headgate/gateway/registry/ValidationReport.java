package io.headgate.gateway.registry;

import io.headgate.api.ResourceId;
import io.headgate.api.Review;
import io.headgate.api.SpecProblem;
import java.util.List;
import java.util.Optional;

/** @param revision of the registry that the documents were held against */
public record ValidationReport(long revision, List<Finding> documents) {

    public boolean isValid() {
        return documents.stream().allMatch(Finding::isValid);
    }

    /**
     * What there is to say about one document.
     *
     * @param kind and {@code id}: empty where the envelope does not tell
     * @param outcome what writing it would do; empty where it would be refused
     * @param problems each pointer begins with the document's index, as in {@code /0/spec/match}
     */
    public record Finding(
            int index,
            Optional<String> kind,
            Optional<ResourceId> id,
            Optional<WriteResult.Outcome> outcome,
            List<SpecProblem> problems,
            List<Review.Conflict> conflicts,
            List<String> warnings) {

        public boolean isValid() {
            return problems.isEmpty() && conflicts.isEmpty();
        }
    }
}
