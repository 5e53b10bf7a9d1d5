package io.headgate.authz;

import io.headgate.api.AdminRole;
import io.headgate.api.ConfigKind;
import io.headgate.api.ConfigSnapshot;
import io.headgate.api.Resource;
import io.headgate.api.ResourceId;
import io.headgate.api.Review;
import io.headgate.api.SpecReader;
import io.headgate.api.TeamSpec;
import io.headgate.authz.CandidateReport.Seen;
import io.headgate.authz.PolicySetSpec.Source;
import io.headgate.authz.PolicySetSpec.State;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import reactor.core.publisher.Mono;

/** Policy sets: Cedar's strict validation, at the place in the document, and what a set may speak of. */
final class PolicySetKind implements ConfigKind<PolicySetSpec> {

    private static final Pattern POLICY_ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._:-]{0,127}");
    private static final int MAX_POLICIES = 1_000;
    private static final int MAX_REASON = 500;
    private static final String POLICIES = "policies";

    private final CandidateReports reports;

    PolicySetKind(CandidateReports reports) {
        this.reports = reports;
    }

    @Override
    public String kind() {
        return "PolicySet";
    }

    @Override
    public String plural() {
        return "policy-sets";
    }

    @Override
    public Class<PolicySetSpec> specType() {
        return PolicySetSpec.class;
    }

    /** Only the form: a set that was taken once must be read wherever it is served, or what it forbids were lost. */
    @Override
    public PolicySetSpec read(SpecReader spec, ResourceId id) {
        String schema = spec.text("schema");
        Supplier<List<Placed>> placed = spec.objects(POLICIES, policy -> new Placed(policy, source(policy)));
        State state = spec.choice("state", State.class, State.ACTIVE);
        List<String> tenantless = spec.texts("tenantless");
        Optional<String> replaces = spec.optionalParsed("replaces", text -> sibling(text, id));
        List<String> accepts = spec.texts("accepts");
        Optional<String> force = spec.optionalParsed("force", PolicySetKind::reason);
        return spec.build(() -> {
            refuseMisnumbered(spec, placed.get());
            if (!tenantless.isEmpty() && !id.team().equals(ResourceId.PLATFORM)) {
                spec.problem("tenantless", tenantless + " (expected: none; only sets of the platform may)");
            }
            return new PolicySetSpec(
                    schema,
                    placed.get().stream().map(Placed::source).toList(),
                    state,
                    new HashSet<>(tenantless),
                    replaces,
                    new HashSet<>(accepts),
                    force);
        });
    }

    /** A policy that was read, and its reader, which knows the place. */
    private record Placed(SpecReader at, Source source) {}

    private static Source source(SpecReader policy) {
        Supplier<String> id = policy.parsed("id", PolicySetKind::policyId);
        String text = policy.text("source");
        return policy.build(() -> new Source(id.get(), text));
    }

    private static String policyId(String text) {
        if (!POLICY_ID.matcher(text).matches()) {
            throw new IllegalArgumentException(
                    "'" + text + "' (expected: 1-128 letters, digits and '._:-', beginning with a letter or digit)");
        }
        return text;
    }

    private static String sibling(String text, ResourceId id) {
        if (!ResourceId.isSlug(text) || text.equals(id.name())) {
            throw new IllegalArgumentException(
                    "'" + text + "' (expected: the name of another set of team " + id.team() + ")");
        }
        return text;
    }

    private static String reason(String text) {
        if (text.isBlank() || text.length() > MAX_REASON) {
            throw new IllegalArgumentException(
                    "'" + text + "' (expected: a reason of at most " + MAX_REASON + " characters)");
        }
        return text;
    }

    private static void refuseMisnumbered(SpecReader spec, List<Placed> policies) {
        if (policies.isEmpty() || policies.size() > MAX_POLICIES) {
            spec.problem(POLICIES, policies.size() + " policies (expected: 1.." + MAX_POLICIES + ")");
        }
        Set<String> ids = new HashSet<>();
        for (Placed policy : policies) {
            if (!ids.add(policy.source().id())) {
                policy.at().problem("id", "'" + policy.source().id() + "' is there twice (expected: once)");
            }
        }
    }

    @Override
    public void review(Resource<PolicySetSpec> candidate, ConfigSnapshot others, Review review) {
        PolicyCheck.of(candidate.spec(), review).ifPresent(schema -> {
            refuseForeignTypes(candidate, schema, others, review);
            warnOfWhatRequestsLack(schema, review);
        });
        candidate.spec().replaces().ifPresent(name -> {
            ResourceId replaced = new ResourceId(candidate.id().team(), name);
            if (others.find(PolicySetSpec.class, replaced).isEmpty()) {
                review.warning("replaces: there is no policy set " + replaced);
            }
        });
        if (candidate.spec().isActive() && candidate.spec().force().isEmpty()) {
            refuseUnexplained(candidate, review);
        }
    }

    private static void refuseForeignTypes(
            Resource<PolicySetSpec> candidate, PolicySchema schema, ConfigSnapshot others, Review review) {
        String team = candidate.id().team();
        if (team.equals(ResourceId.PLATFORM)) {
            return;
        }
        Set<String> owned = new TreeSet<>(others.find(TeamSpec.class, new ResourceId(ResourceId.PLATFORM, team))
                .map(found -> found.spec().resources())
                .orElse(Set.of()));
        Set<String> foreign = new TreeSet<>(schema.resourceTypes());
        foreign.removeAll(owned);
        foreign.remove(TeamPolicies.DATASET);
        if (!foreign.isEmpty()) {
            review.problem(
                    "/spec/schema",
                    "actions apply to " + foreign + " (expected: resource types of team " + team + ", which owns "
                            + owned + ")");
        }
    }

    /** What no request at the edge brings along can be asked for elsewhere, but never decides here. */
    private static void warnOfWhatRequestsLack(PolicySchema schema, Review review) {
        if (schema.entity(Question.USER).isEmpty()) {
            review.warning("schema: it declares no entity User, so that no request at the edge is decided by this set");
        }
        schema.entity(Question.USER)
                .ifPresent(user -> user.attributes().forEach((name, member) -> {
                    if (member.required() && !RouteQuestions.PRINCIPAL_ATTRIBUTES.contains(name)) {
                        review.warning(
                                "schema: User." + name + " is required, and requests at the edge do not have it: 503");
                    }
                }));
    }

    @Override
    public Mono<Void> inform(ResourceId id) {
        return reports.inform(id);
    }

    /** A set that leaves the shadow must not let in whom nobody meant to let in, whichever instance saw it. */
    private void refuseUnexplained(Resource<PolicySetSpec> candidate, Review review) {
        if (!reports.isInTheShadow(candidate.id())) {
            return;
        }
        Optional<CandidateReports.Report> known = reports.known(candidate.id());
        if (known.isEmpty()) {
            refuse(candidate, review, "what it would have permitted on other instances is not known; try again");
            return;
        }
        if (!known.get().silent().isEmpty()) {
            refuse(
                    candidate,
                    review,
                    "instances " + known.get().silent()
                            + " have not told what it would have permitted there; try again, or say in 'force' why");
        }
        known.get().found().opening(candidate.spec().accepts()).stream()
                .findFirst()
                .ifPresent(seen -> refuse(candidate, review, opened(seen)));
        if (known.get().found().cutsOff()) {
            refuse(
                    candidate,
                    review,
                    known.get().found().beyond()
                            + " more differences did not fit into the report; say in 'force' why they do not matter");
        }
    }

    private static String opened(Seen seen) {
        return "request " + seen.example() + ": " + seen.difference().action() + " "
                + seen.difference().resourceType() + " was "
                + seen.difference().active()
                + ", and policies " + seen.difference().candidatePolicies()
                + " would permit it; name one of them in 'accepts', or say in 'force' why";
    }

    private void refuse(Resource<PolicySetSpec> candidate, Review review, String example) {
        review.conflict(new Review.Conflict(kind(), candidate.id(), "/spec/state", example));
    }

    @Override
    public Set<AdminRole> writers(Optional<PolicySetSpec> before, Optional<PolicySetSpec> after) {
        return Set.of(AdminRole.TEAM_WRITER, AdminRole.PLATFORM_ADMIN);
    }

    @Override
    public boolean isReferenced() {
        return false;
    }
}
