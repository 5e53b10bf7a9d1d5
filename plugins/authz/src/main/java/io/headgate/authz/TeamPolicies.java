package io.headgate.authz;

import io.headgate.api.Decision;
import io.headgate.api.Decision.Deny;
import io.headgate.api.Decision.Permit;
import io.headgate.api.Decision.Reason;
import io.headgate.api.Decision.Undecided;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Everything that decides about what one team serves. Its own sets permit and forbid, for the types that it owns; the
 * platform's sets forbid whatever team is concerned. It is its own identity: a decision is remembered for the very
 * instance that made it.
 */
final class TeamPolicies {

    /** What every team may have of its own, named by the team within its id. */
    static final String DATASET = "Dataset";

    /**
     * @param active the team's own sets that decide
     * @param guards the platform's sets, of which only what they forbid counts
     * @param owned the resource types that the team owns
     * @param tenantless types whose ids name no tenant
     * @param unusable a set that should have a say and cannot; while there is one nothing can be decided
     */
    record Parts(
            List<CompiledPolicySet> active,
            List<CompiledPolicySet> guards,
            Set<String> owned,
            Set<String> tenantless,
            Optional<String> unusable) {

        Parts {
            active = List.copyOf(active);
            guards = List.copyOf(guards);
            owned = Set.copyOf(owned);
            tenantless = Set.copyOf(tenantless);
        }
    }

    /** A set in the shadow, and what would decide with it in its place. */
    record Candidate(CompiledPolicySet set, TeamPolicies policies) {}

    private final String team;
    private final Parts parts;
    private final List<Candidate> candidates;
    private final PolicyReads reads;
    private final List<String> names;

    TeamPolicies(String team, Parts parts, List<Candidate> candidates) {
        this.team = team;
        this.parts = parts;
        this.candidates = List.copyOf(candidates);
        this.reads = Stream.concat(
                        sets().map(CompiledPolicySet::reads),
                        candidates.stream()
                                .map(candidate -> candidate.policies().reads()))
                .reduce(PolicyReads.NOTHING, PolicyReads::and);
        this.names = sets().map(CompiledPolicySet::name).toList();
    }

    private Stream<CompiledPolicySet> sets() {
        return Stream.concat(parts.active().stream(), parts.guards().stream());
    }

    String team() {
        return team;
    }

    Parts parts() {
        return parts;
    }

    List<Candidate> candidates() {
        return candidates;
    }

    /** What its sets look at, those in the shadow included. */
    PolicyReads reads() {
        return reads;
    }

    /** The sets that decide, with their versions. */
    List<String> names() {
        return names;
    }

    /** A time is another with each request, so that what depends on it cannot be remembered. */
    boolean isTimeless() {
        return !reads.context().contain(RouteQuestions.TIME);
    }

    boolean isTenantless(PolicyEntity entity) {
        return parts.tenantless().contains(entity.type());
    }

    Decision decide(Question question) {
        Optional<Decision> foreign = foreignTenant(question);
        if (foreign.isPresent()) {
            return foreign.get();
        }
        if (parts.unusable().isPresent()) {
            return new Undecided(parts.unusable().get());
        }
        String type = question.resource().type();
        List<CompiledPolicySet> deciding =
                parts.active().stream().filter(set -> set.declares(type)).toList();
        if (deciding.isEmpty() || !parts.owned().contains(type) && !type.equals(DATASET)) {
            return new Undecided("no active policy set of team " + team + " decides on " + type);
        }
        List<PolicyAnswer> own = deciding.stream()
                .filter(set -> set.takes(question))
                .map(set -> set.answer(question))
                .toList();
        List<PolicyAnswer> others = parts.guards().stream()
                .filter(CompiledPolicySet::forbids)
                .map(set -> set.takes(question) ? set.answer(question) : set.answerBeyondSchema(question))
                .toList();
        return combine(own, others);
    }

    /** What the question lacks, or says in another way than the sets that it is for declare. */
    Optional<Misfits.Misfit> misfit(Question question) {
        return sets().filter(set -> set.takes(question))
                .flatMap(set -> set.misfit(question).stream())
                .findFirst();
    }

    private Decision combine(List<PolicyAnswer> own, List<PolicyAnswer> others) {
        List<String> permitting = new ArrayList<>();
        List<String> forbidding = new ArrayList<>();
        List<String> failures = new ArrayList<>();
        own.forEach(answer -> sort(answer, permitting, forbidding, failures));
        others.forEach(answer -> sort(answer, new ArrayList<>(), forbidding, failures));
        if (!forbidding.isEmpty()) {
            return new Deny(Reason.FORBIDDEN_BY_POLICY, forbidding, names);
        }
        if (!failures.isEmpty()) {
            return new Undecided(failures.getFirst());
        }
        return permitting.isEmpty() ? new Deny(Reason.NOT_PERMITTED, List.of(), names) : new Permit(permitting, names);
    }

    private static void sort(
            PolicyAnswer answer, List<String> permitting, List<String> forbidding, List<String> failures) {
        switch (answer) {
            case PolicyAnswer.Permitted(List<String> policies) -> permitting.addAll(policies);
            case PolicyAnswer.Forbidden(List<String> policies) -> forbidding.addAll(policies);
            case PolicyAnswer.Silent _ -> {}
            case PolicyAnswer.Failed(String reason) -> failures.add(reason);
        }
    }

    /** Whatever policies say: nobody reaches what is another tenant's, nor anything whose tenant cannot be told. */
    private Optional<Decision> foreignTenant(Question question) {
        if (isTenantless(question.resource()) || isTenantless(question.principal())) {
            return Optional.empty();
        }
        Optional<String> caller = question.principal().tenant();
        return caller.isPresent() && caller.equals(question.resource().tenant())
                ? Optional.empty()
                : Optional.of(new Deny(Reason.FOREIGN_TENANT, List.of(), List.of()));
    }
}
