package io.headgate.authz;

import com.cedarpolicy.BasicAuthorizationEngine;
import com.cedarpolicy.model.AuthorizationRequest;
import com.cedarpolicy.model.Context;
import com.cedarpolicy.model.entity.Entity;
import com.cedarpolicy.model.exception.AuthException;
import com.cedarpolicy.model.policy.Policy;
import com.cedarpolicy.model.policy.PolicySet;
import com.cedarpolicy.model.schema.Schema;
import com.cedarpolicy.value.EntityTypeName;
import com.cedarpolicy.value.EntityUID;
import com.cedarpolicy.value.Value;
import io.headgate.api.Resource;
import io.headgate.api.ResourceId;
import io.headgate.authz.PolicyEntity.Ref;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import tools.jackson.databind.json.JsonMapper;

/**
 * One version of a policy set, parsed once and for all by the engine. A set is never changed: the engine would go on
 * answering from what it has parsed.
 */
final class CompiledPolicySet {

    static {
        // room for a set per team and for those that wait for the garbage collector
        raise("cedar.cache.maxPolicySets");
        raise("cedar.cache.maxSchemas");
    }

    private static final String MAX_CACHED = "10000";

    private final Resource<PolicySetSpec> resource;
    private final PolicySchema shape;
    private final Schema schema;
    private final PolicySet policies;
    private final PolicyReads reads;
    private final boolean forbids;
    private final BasicAuthorizationEngine engine = new BasicAuthorizationEngine();

    private CompiledPolicySet(Resource<PolicySetSpec> resource) throws Exception {
        PolicySetSpec spec = resource.spec();
        this.resource = resource;
        this.schema = Schema.parse(Schema.JsonOrCedar.Cedar, spec.schema());
        this.shape = PolicySchema.read(schema.toJsonFormat().toString());
        this.policies = new PolicySet(policies(spec));
        List<String> parsed = new ArrayList<>();
        for (Policy policy : policies.policies) {
            parsed.add(policy.toJson());
        }
        this.reads = PolicyReads.of(parsed);
        this.forbids = parsed.stream()
                .anyMatch(policy -> JsonMapper.shared()
                        .readTree(policy)
                        .path("effect")
                        .stringValue("")
                        .equals("forbid"));
        schema.cache();
        policies.cache();
        requireCached(policies, schema);
    }

    /** @throws IllegalArgumentException with what the engine says, where it cannot take the set */
    static CompiledPolicySet of(Resource<PolicySetSpec> resource) {
        try {
            return new CompiledPolicySet(resource);
        } catch (Exception | LinkageError e) {
            throw new IllegalArgumentException("policy set not usable: " + e.getMessage(), e);
        }
    }

    /** Each policy under its own id: those that a set reads from one text are numbered, which no audit can use. */
    static Set<Policy> policies(PolicySetSpec spec) {
        return spec.policies().stream()
                .map(source -> new Policy(source.text(), source.id()))
                .collect(Collectors.toSet());
    }

    /** Without it the engine would parse everything for every question, at thirty times the cost. */
    static void requireCached(PolicySet policies, Schema schema) {
        if (policies.cacheKey().isEmpty() || schema.cacheKey().isEmpty()) {
            throw new IllegalStateException("the engine has not kept the set (expected: parsed once)");
        }
    }

    private static void raise(String property) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, MAX_CACHED);
        }
    }

    ResourceId id() {
        return resource.id();
    }

    Resource<PolicySetSpec> resource() {
        return resource;
    }

    PolicySetSpec spec() {
        return resource.spec();
    }

    /** As the audit names it. */
    String name() {
        return resource.id() + "@" + resource.version();
    }

    PolicyReads reads() {
        return reads;
    }

    boolean forbids() {
        return forbids;
    }

    Set<String> resourceTypes() {
        return shape.resourceTypes();
    }

    boolean declares(String resourceType) {
        return shape.resourceTypes().contains(resourceType);
    }

    boolean takes(Question question) {
        return shape.takes(
                question.principal().type(),
                question.action(),
                question.resource().type());
    }

    /** What keeps a question that the schema takes from fitting it. */
    Optional<Misfits.Misfit> misfit(Question question) {
        return Misfits.in(question, shape);
    }

    /** The answer to a question that the schema takes. */
    PolicyAnswer answer(Question question) {
        return answer(
                question,
                () -> new Slice(
                        Set.of(declared(question.principal()), declared(question.resource())),
                        CedarValues.declared(
                                question.context(),
                                shape.action(question.action())
                                        .map(PolicySchema.Action::context)
                                        .orElse(Map.of())),
                        true));
    }

    /**
     * The answer to a question that the schema does not know, for the sake of what must be forbidden everywhere: the
     * policies see all that is known of it.
     */
    PolicyAnswer answerBeyondSchema(Question question) {
        return answer(
                question,
                () -> new Slice(
                        Set.of(natural(question.principal()), natural(question.resource())),
                        CedarValues.natural(question.context()),
                        false));
    }

    private PolicyAnswer answer(Question question, Supplier<Slice> slice) {
        try {
            return answer(question, slice.get());
        } catch (IllegalArgumentException e) {
            return new PolicyAnswer.Failed(
                    String.valueOf(e.getMessage())); // a value that is not what it is declared as
        }
    }

    /** What is known for the sake of one question. */
    record Slice(Set<Entity> entities, Map<String, Value> context, boolean withSchema) {}

    PolicyAnswer answer(Question question, Slice slice) {
        EntityUID principal =
                uid(question.principal().type(), question.principal().id());
        EntityUID asked = uid(question.resource().type(), question.resource().id());
        Set<EntityUID> known =
                slice.entities().stream().map(Entity::getEUID).collect(Collectors.toCollection(HashSet::new));
        if (!known.contains(principal) || !known.contains(asked)) {
            // the engine would leave out the policies that look at it, also those that forbid
            return new PolicyAnswer.Failed("the principal or the resource is not among the entities");
        }
        var request = new AuthorizationRequest(
                principal,
                uid(Question.ACTION, question.action()),
                asked,
                new Context(slice.context()),
                slice.withSchema() ? Optional.of(schema) : Optional.empty(),
                slice.withSchema());
        try {
            return PolicyAnswer.of(engine.isAuthorized(request, policies, slice.entities()));
        } catch (AuthException e) {
            return new PolicyAnswer.Failed(String.valueOf(e.getMessage()));
        }
    }

    private Entity declared(PolicyEntity entity) {
        Optional<PolicySchema.EntityType> type = shape.entity(entity.type());
        return new Entity(
                uid(entity.type(), entity.id()),
                CedarValues.declared(
                        entity.attributes(),
                        type.map(PolicySchema.EntityType::attributes).orElse(Map.of())),
                parents(entity, type.map(PolicySchema.EntityType::parents).orElse(Set.of())));
    }

    private static Entity natural(PolicyEntity entity) {
        return new Entity(
                uid(entity.type(), entity.id()),
                CedarValues.natural(entity.attributes()),
                entity.parents().stream().map(CompiledPolicySet::uid).collect(Collectors.toSet()));
    }

    private static Set<EntityUID> parents(PolicyEntity entity, Set<String> types) {
        return entity.parents().stream()
                .filter(parent -> types.contains(parent.type()))
                .map(CompiledPolicySet::uid)
                .collect(Collectors.toSet());
    }

    private static EntityUID uid(Ref ref) {
        return uid(ref.type(), ref.id());
    }

    private static EntityUID uid(String type, String id) {
        return EntityTypeName.parse(type)
                .orElseThrow(() -> new IllegalArgumentException("'" + type + "' (expected: an entity type)"))
                .of(id);
    }
}
