package io.headgate.authz;

import static io.headgate.authz.PolicyFixtures.ANALYSTS_READ;
import static io.headgate.authz.PolicyFixtures.question;
import static io.headgate.authz.PolicyFixtures.set;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.cedarpolicy.model.entity.Entity;
import com.cedarpolicy.model.policy.PolicySet;
import com.cedarpolicy.model.schema.Schema;
import com.cedarpolicy.value.EntityTypeName;
import com.cedarpolicy.value.EntityUID;
import com.cedarpolicy.value.PrimString;
import com.cedarpolicy.value.Value;
import io.headgate.authz.CompiledPolicySet.Slice;
import io.headgate.authz.PolicyAnswer.Failed;
import io.headgate.authz.PolicyAnswer.Forbidden;
import io.headgate.authz.PolicyAnswer.Permitted;
import io.headgate.authz.PolicyAnswer.Silent;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The ways in which the engine can seem to permit, and what keeps each from doing so. */
class CompiledPolicySetTest {

    private static final String OTHER_TENANTS =
            "forbid(principal, action, resource) when { principal.tenant != resource.tenant };";

    private final CompiledPolicySet guarded = set().policy("analysts-read", ANALYSTS_READ)
            .policy("own-tenant", OTHER_TENANTS)
            .compiled();
    private final Question anaReads = question("acme/ana", "analyst", "read", "acme/1");

    @Test
    void permitsUnderTheIdsThatTheAuthorGave() {
        assertThat(guarded.answer(anaReads)).isEqualTo(new Permitted(List.of("analysts-read")));
    }

    @Test
    void isSilentWhereNoPolicyPermits() {
        assertThat(guarded.answer(question("acme/vic", "viewer", "read", "acme/1")))
                .isEqualTo(new Silent());
    }

    @Test
    void namesThePoliciesThatForbid() {
        CompiledPolicySet set = set().policy("analysts-read", ANALYSTS_READ)
                .policy("frozen", "forbid(principal, action, resource);")
                .compiled();

        assertThat(set.answer(anaReads)).isEqualTo(new Forbidden(List.of("frozen")));
    }

    @Test
    void permitsNothingWhereThePrincipalIsNotAmongTheEntities() {
        Slice slice = new Slice(Set.of(entity("Report", "acme/1", Map.of())), Map.of(), false);

        assertThat(guarded.answer(anaReads, slice)).isInstanceOf(Failed.class);
    }

    @Test
    void permitsNothingWhereTheResourceIsNotAmongTheEntities() {
        Slice slice = new Slice(Set.of(analyst("acme/ana")), Map.of(), false);

        assertThat(set().policy("analysts-read", ANALYSTS_READ).compiled().answer(anaReads, slice))
                .isEqualTo(new Failed("the principal or the resource is not among the entities"));
    }

    /** The engine says Allow here, and leaves out the very policy that forbids. */
    @Test
    void permitsNothingWhereAPolicyFails() {
        Slice slice = new Slice(Set.of(analyst("acme/ana"), entity("Report", "globex/1", Map.of())), Map.of(), false);

        PolicyAnswer answer = guarded.answer(question("acme/ana", "analyst", "read", "globex/1"), slice);

        assertThat(answer)
                .isInstanceOfSatisfying(
                        Failed.class, failed -> assertThat(failed.reason()).startsWith("own-tenant: "));
    }

    @Test
    void forbidsAlsoWhereAnotherPolicyFails() {
        CompiledPolicySet set = set().policy("own-tenant", OTHER_TENANTS)
                .policy("frozen", "forbid(principal, action, resource);")
                .compiled();
        Slice slice = new Slice(Set.of(analyst("acme/ana"), entity("Report", "acme/1", Map.of())), Map.of(), false);

        assertThat(set.answer(anaReads, slice)).isEqualTo(new Forbidden(List.of("frozen")));
    }

    @Test
    void permitsNothingWhereTheEngineRefusesTheRequest() {
        Slice slice = new Slice(
                Set.of(analyst("acme/ana"), entity("Report", "acme/1", Map.of("unheard", new PrimString("of")))),
                Map.of(),
                true);

        assertThat(guarded.answer(anaReads, slice)).isInstanceOf(Failed.class);
    }

    @Test
    void refusesASetThatTheEngineWouldParseForEveryQuestion() throws Exception {
        var schema = new Schema(PolicyFixtures.SCHEMA);
        schema.cache();

        assertThatThrownBy(() -> CompiledPolicySet.requireCached(new PolicySet(), schema))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> {
                    var policies = new PolicySet(Set.of());
                    policies.cache();
                    CompiledPolicySet.requireCached(policies, new Schema(PolicyFixtures.SCHEMA));
                })
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void tellsTheEngineOnlyWhatTheSchemaKnows() {
        CompiledPolicySet narrow = set().schema("""
                        entity User;
                        entity Report;
                        action read appliesTo { principal: [User], resource: [Report] };
                        """)
                .policy("all-read", "permit(principal, action == Action::\"read\", resource);")
                .compiled();

        assertThat(narrow.answer(anaReads)).isEqualTo(new Permitted(List.of("all-read")));
    }

    @Test
    void givesPoliciesTimesAndAddressesAsTheirSchemaTakesThem() {
        CompiledPolicySet typed = set().schema("""
                        type Words = Set<String>;
                        entity User { scopes: Words };
                        entity Report;
                        action read appliesTo {
                          principal: User, resource: Report, context: { time: Long, ip: String }
                        };
                        """)
                .policy(
                        "typed",
                        "permit(principal, action, resource) when { context.time > 1000 && context.ip == \"10.0.0.1\" };")
                .compiled();
        Question question = new Question(
                anaReads.principal(),
                "read",
                anaReads.resource(),
                Map.of("time", java.time.Instant.now(), "ip", new PolicyEntity.Address("10.0.0.1")));

        assertThat(typed.answer(question)).isEqualTo(new Permitted(List.of("typed")));
    }

    private static Entity analyst(String id) {
        return new Entity(uid("User", id), Map.of("tenant", new PrimString("acme")), Set.of(uid("Role", "analyst")));
    }

    private static Entity entity(String type, String id, Map<String, Value> attributes) {
        return new Entity(uid(type, id), attributes, Set.of());
    }

    private static EntityUID uid(String type, String id) {
        Optional<EntityTypeName> name = EntityTypeName.parse(type);
        return name.orElseThrow().of(id);
    }
}
