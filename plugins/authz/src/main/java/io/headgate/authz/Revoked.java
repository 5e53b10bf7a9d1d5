package io.headgate.authz;

import io.headgate.api.Caller;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is revoked at one revision, each until its time.
 *
 * @param epochs how often something of a tenant was revoked, so that what was decided before is not believed after
 * @param whole whether every revocation that is stored could be read; while one cannot, anyone may be among the revoked
 */
public record Revoked(
        Map<String, Instant> tenants,
        Map<String, Instant> subjects,
        Map<String, Instant> credentials,
        Map<String, Long> epochs,
        boolean whole) {

    static final Revoked NOTHING = new Revoked(Map.of(), Map.of(), Map.of(), Map.of());

    public Revoked {
        tenants = Map.copyOf(tenants);
        subjects = Map.copyOf(subjects);
        credentials = Map.copyOf(credentials);
        epochs = Map.copyOf(epochs);
    }

    Revoked(
            Map<String, Instant> tenants,
            Map<String, Instant> subjects,
            Map<String, Instant> credentials,
            Map<String, Long> epochs) {
        this(tenants, subjects, credentials, epochs, true);
    }

    boolean isEmpty() {
        return tenants.isEmpty() && subjects.isEmpty() && credentials.isEmpty();
    }

    boolean concerns(Caller caller, Instant now) {
        return !isEmpty()
                && (stands(credentials.get(caller.credentialId()), now)
                        || concerns(caller.tenant() + "/" + caller.subject(), caller.tenant(), now));
    }

    /** @param subject with its tenant before it, as policies name it */
    boolean concerns(String subject, String tenant, Instant now) {
        return stands(tenants.get(tenant), now) || stands(subjects.get(subject), now);
    }

    long epoch(String tenant) {
        return epochs.getOrDefault(tenant, 0L);
    }

    private static boolean stands(@Nullable Instant until, Instant now) {
        return until != null && until.isAfter(now);
    }
}
