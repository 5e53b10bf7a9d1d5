package io.headgate.gateway.registry;

import io.headgate.api.Resource;
import io.headgate.api.Review;
import io.headgate.api.SpecProblem;
import io.headgate.api.TeamSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Finds resources that would become wrong by a change of another one: those that name it, held against the registry
 * as it was and as it would be. What was wrong before is nobody's fault now.
 */
final class Dependents {

    private final Head before;
    private final Head after;
    private final Key changed;
    private final Set<Key> together;
    private final boolean isTeam;

    /** @param together what changes in the same step, and is reviewed by itself */
    Dependents(Head before, Head after, Key changed, Set<Key> together) {
        this.before = before;
        this.after = after;
        this.changed = changed;
        this.together = together;
        this.isTeam = before.kinds()
                .ofType(TeamSpec.class)
                .filter(kind -> kind.kind().equals(changed.kind()))
                .isPresent();
    }

    List<Review.Conflict> broken(int limit) {
        List<Review.Conflict> broken = new ArrayList<>();
        for (Row row : before.rows()) {
            if (broken.size() < limit && !together.contains(row.key()) && mayName(row)) {
                firstNewProblem(row)
                        .ifPresent(problem -> broken.add(
                                new Review.Conflict(row.kind(), row.id(), problem.pointer(), problem.detail())));
            }
        }
        return broken;
    }

    /** Cheap, and true too often rather than too rarely. */
    private boolean mayName(Row row) {
        if (isTeam && row.id().team().equals(changed.id().name())) {
            return true;
        }
        String name = changed.id().name();
        String spec = row.spec().orElse("");
        return spec.contains("\"" + name + "\"")
                || spec.contains("\"" + name + "/")
                || spec.contains("/" + name + "\"")
                || spec.contains("/" + name + "/");
    }

    private Optional<SpecProblem> firstNewProblem(Row row) {
        return before.resource(row.key()).flatMap(resource -> {
            List<SpecProblem> earlier = problems(resource, before);
            return problems(resource, after).stream()
                    .filter(problem -> !earlier.contains(problem))
                    .findFirst();
        });
    }

    /** Others of the dependent's own kind are left out: they stay as they are, and there may be ten thousand. */
    private List<SpecProblem> problems(Resource<?> resource, Head head) {
        var review = new Review();
        Planner.review(
                resource,
                head.withOnly(resource.kind(), changed).without(new Key(resource.kind(), resource.id())),
                review);
        List<SpecProblem> problems = new ArrayList<>(review.problems());
        review.conflicts().forEach(conflict -> problems.add(new SpecProblem(conflict.pointer(), conflict.example())));
        return problems;
    }
}
