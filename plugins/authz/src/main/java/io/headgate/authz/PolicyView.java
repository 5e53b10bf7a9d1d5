package io.headgate.authz;

import io.headgate.api.ConfigSnapshot;
import io.headgate.api.ConfigView;
import io.headgate.api.Resource;
import io.headgate.api.ResourceId;
import io.headgate.api.TeamSpec;
import io.headgate.authz.TeamPolicies.Candidate;
import io.headgate.authz.TeamPolicies.Parts;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Compiles the policy sets of a revision, those that changed and no other. A set that cannot be read or compiled leaves
 * its team undecided, and one of the platform leaves everybody so: what it would have forbidden is not known.
 */
final class PolicyView implements ConfigView<PolicyBook> {

    private static final Comparator<CompiledPolicySet> BY_ID = Comparator.comparing(CompiledPolicySet::id);

    private final CandidateReports reports;

    PolicyView(CandidateReports reports) {
        this.reports = reports;
    }

    @Override
    public PolicyBook derive(Optional<PolicyBook> previous, ConfigSnapshot next) {
        Map<ResourceId, CompiledPolicySet> sets = new HashMap<>();
        Map<Resource<?>, String> leftOut = new LinkedHashMap<>();
        for (Resource<PolicySetSpec> resource : next.all(PolicySetSpec.class)) {
            Optional<CompiledPolicySet> known = previous.flatMap(book -> book.set(resource.id()))
                    .filter(set -> set.resource().isSameVersionAs(resource));
            try {
                sets.put(resource.id(), known.isPresent() ? known.get() : CompiledPolicySet.of(resource));
            } catch (IllegalArgumentException e) {
                leftOut.put(resource, String.valueOf(e.getMessage()));
            }
        }
        reports.keepOnly(sets.values().stream()
                .map(CompiledPolicySet::resource)
                .filter(resource -> !resource.spec().isActive())
                .toList());
        var maker = new Maker(previous, next, List.copyOf(sets.values()), leftOut);
        Map<String, TeamPolicies> teams = maker.teams();
        return new PolicyBook(sets, leftOut, teams, maker.owners(teams), maker.beyond());
    }

    @Override
    public Map<Resource<?>, String> leftOut(PolicyBook view) {
        return view.leftOut();
    }

    private static final class Maker {
        private final Optional<PolicyBook> previous;
        private final ConfigSnapshot next;
        private final List<CompiledPolicySet> sets;
        private final Map<Resource<?>, String> leftOut;
        private final List<CompiledPolicySet> platform;
        private final Set<String> tenantless;

        Maker(
                Optional<PolicyBook> previous,
                ConfigSnapshot next,
                List<CompiledPolicySet> sets,
                Map<Resource<?>, String> leftOut) {
            this.previous = previous;
            this.next = next;
            this.sets = sets;
            this.leftOut = leftOut;
            this.platform = activeOf(ResourceId.PLATFORM);
            this.tenantless = platform.stream()
                    .flatMap(set -> set.spec().tenantless().stream())
                    .collect(Collectors.toSet());
        }

        Map<String, TeamPolicies> teams() {
            Set<String> names = new TreeSet<>();
            names.add(ResourceId.PLATFORM);
            next.all(TeamSpec.class).forEach(team -> names.add(team.id().name()));
            Map<String, TeamPolicies> teams = new HashMap<>();
            names.forEach(name -> teams.put(name, team(name)));
            return teams;
        }

        /** Who answers for each type: the team that was given it, else the platform where one of its sets knows it. */
        Map<String, TeamPolicies> owners(Map<String, TeamPolicies> teams) {
            Map<String, List<TeamPolicies>> claims = new HashMap<>();
            teams.values().stream()
                    .filter(policies -> !policies.team().equals(ResourceId.PLATFORM))
                    .forEach(policies -> policies.parts()
                            .owned()
                            .forEach(type -> claims.computeIfAbsent(type, _ -> new ArrayList<>())
                                    .add(policies)));
            Map<String, TeamPolicies> owners = new HashMap<>();
            claims.forEach((type, claimants) -> owners.put(type, owner(type, claimants)));
            Optional.ofNullable(teams.get(ResourceId.PLATFORM))
                    .ifPresent(
                            policies -> policies.parts().owned().forEach(type -> owners.putIfAbsent(type, policies)));
            return owners;
        }

        /** The one that has policies on the type; where several have, it is not known whose count. */
        private TeamPolicies owner(String type, List<TeamPolicies> claimants) {
            List<TeamPolicies> deciding = claimants.stream()
                    .filter(policies -> policies.parts().unusable().isPresent()
                            || policies.parts().active().stream().anyMatch(set -> set.declares(type)))
                    .toList();
            return switch (deciding.size()) {
                case 0 -> claimants.getFirst();
                case 1 -> deciding.getFirst();
                default -> undecided("several teams own " + type);
            };
        }

        private TeamPolicies undecided(String reason) {
            return new TeamPolicies(
                    "", new Parts(List.of(), platform, Set.of(), tenantless, Optional.of(reason)), List.of());
        }

        TeamPolicies beyond() {
            return reused(
                    "",
                    new Parts(List.of(), platform, Set.of(), tenantless, unusable("")),
                    List.of(),
                    previous.map(PolicyBook::beyond));
        }

        /** What an active set stands in for does not decide any more. */
        private List<CompiledPolicySet> activeOf(String team) {
            List<CompiledPolicySet> active = sets.stream()
                    .filter(set -> set.id().team().equals(team) && set.spec().isActive())
                    .sorted(BY_ID)
                    .toList();
            Set<String> replaced = active.stream()
                    .flatMap(set -> set.spec().replaces().stream())
                    .collect(Collectors.toSet());
            return active.stream()
                    .filter(set -> !replaced.contains(set.id().name()))
                    .toList();
        }

        private TeamPolicies team(String team) {
            boolean isPlatform = team.equals(ResourceId.PLATFORM);
            List<CompiledPolicySet> active = isPlatform ? platform : activeOf(team);
            Parts parts = new Parts(
                    active, isPlatform ? List.of() : platform, owned(team, active), tenantless, unusable(team));
            List<Candidate> candidates = sets.stream()
                    .filter(set -> set.id().team().equals(team) && !set.spec().isActive())
                    .sorted(BY_ID)
                    .map(set -> new Candidate(set, new TeamPolicies(team, with(set, parts), List.of())))
                    .toList();
            return reused(
                    team, parts, candidates, previous.map(book -> book.teams().get(team)));
        }

        private static Parts with(CompiledPolicySet candidate, Parts parts) {
            List<CompiledPolicySet> active = new ArrayList<>(List.of(candidate));
            candidate
                    .spec()
                    .replaces()
                    .ifPresent(name -> parts.active().stream()
                            .filter(set -> !set.id().name().equals(name))
                            .forEach(active::add));
            return new Parts(active, parts.guards(), parts.owned(), parts.tenantless(), parts.unusable());
        }

        private Set<String> owned(String team, List<CompiledPolicySet> active) {
            Set<String> owned = next.find(TeamSpec.class, new ResourceId(ResourceId.PLATFORM, team))
                    .map(found -> found.spec().resources())
                    .orElse(Set.of());
            if (!team.equals(ResourceId.PLATFORM)) {
                return owned;
            }
            Set<String> all = new HashSet<>(owned);
            active.forEach(set -> all.addAll(set.resourceTypes()));
            return all;
        }

        private Optional<String> unusable(String team) {
            Stream<ResourceId> uncompiled = leftOut.keySet().stream()
                    .filter(resource -> resource.spec() instanceof PolicySetSpec spec && spec.isActive())
                    .map(Resource::id);
            return Stream.concat(uncompiled, next.unreadable(PolicySetSpec.class).stream())
                    .filter(id -> id.team().equals(team) || id.team().equals(ResourceId.PLATFORM))
                    .map(id -> "policy set " + id + " cannot be used")
                    .findFirst();
        }

        /** The same instance where nothing of it changed, with the decisions that are remembered for it. */
        private static TeamPolicies reused(
                String team, Parts parts, List<Candidate> candidates, Optional<TeamPolicies> before) {
            return before.filter(known -> known.parts().equals(parts)
                            && known.candidates().stream()
                                    .map(Candidate::set)
                                    .toList()
                                    .equals(candidates.stream()
                                            .map(Candidate::set)
                                            .toList()))
                    .orElseGet(() -> new TeamPolicies(team, parts, candidates));
        }
    }
}
