package io.headgate.authz;

import io.headgate.authz.PolicyEntity.Address;
import io.headgate.authz.RouteQuestions.Circumstances;
import io.headgate.authz.RouteQuestions.Principal;
import io.headgate.authz.RouteQuestions.ResourceKey;
import java.time.Clock;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A question of a service. What it says of subject, resource and circumstances is believed, since it is the service that
 * acts on the answer; whose tenant and whose team they are is not: that follows from the ids and from who owns the type.
 */
record ServedInquiry(Evaluation asked, Asker asker, TeamPolicies policies, Clock clock) implements Inquiry {

    private static final Set<String> CIRCUMSTANCES =
            Set.of(RouteQuestions.METHOD, RouteQuestions.PATH, RouteQuestions.IP);
    private static final Set<String> OF_EVERY_RESOURCE =
            Set.of(RouteQuestions.TENANT, RouteQuestions.TEAM, RouteQuestions.ROUTE);

    @Override
    public TeamPolicies policies(LivePolicies live) {
        return policies;
    }

    @Override
    public boolean foreign() {
        return isBeyond(asked.subject())
                || isBeyond(asked.resource())
                || !isTenantless()
                        && !asked.subject().tenant().equals(asked.resource().tenant());
    }

    /** Neither a tenant that cannot be told nor one that the service does not speak for. */
    private boolean isBeyond(PolicyEntity entity) {
        return !policies.isTenantless(entity)
                && entity.tenant().filter(asker::mayAskAbout).isEmpty();
    }

    private boolean isTenantless() {
        return policies.isTenantless(asked.subject()) || policies.isTenantless(asked.resource());
    }

    @Override
    public boolean isRevoked(Revoked revoked, Instant now) {
        return revoked.concerns(asked.subject().id(), tenant(), now);
    }

    @Override
    public String tenant() {
        return tenantOf(asked.subject()).orElse("");
    }

    private Optional<String> tenantOf(PolicyEntity entity) {
        return policies.isTenantless(entity) ? Optional.empty() : entity.tenant();
    }

    @Override
    public String requestId() {
        return asker.requestId();
    }

    @Override
    public Question question() {
        Map<String, Object> context = new HashMap<>(asked.context());
        context.putIfAbsent(RouteQuestions.METHOD, "");
        context.putIfAbsent(RouteQuestions.PATH, "");
        context.putIfAbsent(RouteQuestions.TIME, Instant.now(clock));
        context.computeIfPresent(RouteQuestions.TIME, (name, value) -> time(value));
        context.computeIfPresent(
                RouteQuestions.IP, (name, value) -> value instanceof String text ? new Address(text) : value);
        return new Question(subject(), asked.action(), resource(), context);
    }

    private PolicyEntity subject() {
        Map<String, Object> attributes = new HashMap<>(asked.subject().attributes());
        attributes.putIfAbsent(RouteQuestions.SCOPES, List.of());
        return ofItsTenant(asked.subject(), attributes);
    }

    private PolicyEntity resource() {
        Map<String, Object> attributes = new HashMap<>(asked.resource().attributes());
        attributes.putIfAbsent(RouteQuestions.ROUTE, "");
        attributes.put(RouteQuestions.TEAM, policies.team());
        return ofItsTenant(asked.resource(), attributes);
    }

    private PolicyEntity ofItsTenant(PolicyEntity entity, Map<String, Object> attributes) {
        attributes.remove(RouteQuestions.TENANT);
        tenantOf(entity).ifPresent(tenant -> attributes.put(RouteQuestions.TENANT, tenant));
        return new PolicyEntity(entity.type(), entity.id(), attributes, entity.parents());
    }

    /** In whatever form of ISO 8601 it comes, as long as it says its zone. */
    private static Object time(Object value) {
        try {
            return value instanceof String text ? OffsetDateTime.parse(text).toInstant() : value;
        } catch (DateTimeParseException e) {
            return value;
        }
    }

    /** The same as that of a request at the edge which is to policies the same. */
    @Override
    public DecisionKey key(TeamPolicies deciding, long epoch) {
        PolicyReads reads = deciding.reads();
        Object context = circumstances(reads);
        return isTenantless()
                ? new DecisionKey(deciding, epoch, subject(), asked.action(), resource(), context)
                : new DecisionKey(deciding, epoch, principal(), asked.action(), resourceKey(reads), context);
    }

    private Object principal() {
        PolicyEntity subject = asked.subject();
        Map<String, Object> attributes = new HashMap<>(subject.attributes());
        attributes.remove(RouteQuestions.TENANT);
        Object plan = attributes.remove(RouteQuestions.PLAN);
        Object scopes = attributes.remove(RouteQuestions.SCOPES);
        boolean likeACaller = subject.type().equals(Question.USER)
                && attributes.isEmpty()
                && (plan == null || plan instanceof String)
                && (scopes == null || isTexts(scopes));
        return likeACaller
                ? new Principal(
                        tenant(),
                        subject.id().substring(tenant().length() + 1),
                        subject.parents().stream().map(PolicyEntity.Ref::id).collect(Collectors.toSet()),
                        Optional.ofNullable((String) plan),
                        texts(scopes == null ? List.of() : scopes))
                : subject();
    }

    private static boolean isTexts(Object value) {
        return value instanceof Collection<?> values && values.stream().allMatch(String.class::isInstance);
    }

    private static Set<String> texts(Object values) {
        Set<String> texts = new HashSet<>();
        ((Collection<?>) values).forEach(value -> texts.add((String) value));
        return texts;
    }

    private ResourceKey resourceKey(PolicyReads reads) {
        PolicyEntity resource = asked.resource();
        Object route = resource.attributes().getOrDefault(RouteQuestions.ROUTE, "");
        Map<String, Object> read = only(resource.attributes(), reads.resource(), OF_EVERY_RESOURCE);
        boolean routeCounts = reads.resource().contain(RouteQuestions.ROUTE);
        if (routeCounts && !(route instanceof String)) {
            read.put(RouteQuestions.ROUTE, route);
        }
        return new ResourceKey(
                resource.type(),
                reads.resourceId() ? resource.id().substring(tenant().length() + 1) : "",
                routeCounts && route instanceof String text ? text : "",
                read);
    }

    private Object circumstances(PolicyReads reads) {
        Map<String, Object> read = only(asked.context(), reads.context(), Set.of());
        boolean likeARequest = CIRCUMSTANCES.containsAll(read.keySet())
                && read.values().stream().allMatch(String.class::isInstance);
        return likeARequest
                ? new Circumstances(
                        (String) read.getOrDefault(RouteQuestions.METHOD, ""),
                        (String) read.getOrDefault(RouteQuestions.PATH, ""),
                        (String) read.getOrDefault(RouteQuestions.IP, ""))
                : read;
    }

    private static Map<String, Object> only(Map<String, Object> values, PolicyReads.Names read, Set<String> but) {
        Map<String, Object> only = new HashMap<>(values);
        only.keySet().removeIf(name -> but.contains(name) || !read.contain(name));
        return only;
    }
}
