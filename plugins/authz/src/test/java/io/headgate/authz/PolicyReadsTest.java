package io.headgate.authz;

import static io.headgate.authz.PolicyFixtures.set;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PolicyReadsTest {

    @Test
    void seesNoUseOfWhatNoPolicyLooksAt() {
        PolicyReads reads = reads("permit(principal in Role::\"analyst\", action, resource is Report) "
                + "when { resource.tenant == principal.tenant && resource is Report };");

        assertThat(reads.resourceId()).isFalse();
        assertThat(reads.resource().names()).containsExactly("tenant");
        assertThat(reads.context()).isEqualTo(PolicyReads.Names.NONE);
    }

    @Test
    void seesWhichPartsOfTheContextAreLookedAt() {
        PolicyReads reads = reads("permit(principal, action, resource) "
                + "when { context has ip && context.ip.isInRange(ip(\"10.0.0.0/8\")) && context.method == \"GET\" };");

        assertThat(reads.context().names()).containsExactlyInAnyOrder("ip", "method");
        assertThat(reads.context().all()).isFalse();
    }

    @Test
    void takesAUseThatItDoesNotUnderstandForALookAtEverything() {
        assertThat(reads("permit(principal, action, resource) when { [context].contains(context) };")
                        .context()
                        .all())
                .isTrue();
        assertThat(reads("permit(principal, action, resource) when { resource == principal };")
                        .resourceId())
                .isTrue();
        assertThat(reads("permit(principal, action, resource) when { resource in Report::\"acme/1\" };")
                        .resourceId())
                .isTrue();
        assertThat(reads("permit(principal, action, resource) when { resource is Report in Report::\"acme/1\" };")
                        .resourceId())
                .isTrue();
    }

    @Test
    void seesThatAScopeNamesOneResource() {
        assertThat(reads("permit(principal, action, resource == Report::\"acme/1\");")
                        .resourceId())
                .isTrue();
        assertThat(reads("permit(principal, action, resource in Report::\"acme/1\");")
                        .resourceId())
                .isTrue();
        assertThat(reads("permit(principal, action, resource is Report in Report::\"acme/1\");")
                        .resourceId())
                .isTrue();
    }

    /** Its attributes are known only where it is the one that is asked about. */
    @Test
    void seesThatAnEntityIsNamedOutright() {
        assertThat(reads("permit(principal, action, resource) when { Report::\"acme/1\".tenant == \"acme\" };")
                        .resourceId())
                .isTrue();
    }

    private static PolicyReads reads(String policy) {
        return set().policy("p", policy).compiled().reads();
    }
}
