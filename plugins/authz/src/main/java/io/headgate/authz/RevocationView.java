package io.headgate.authz;

import io.headgate.api.ConfigSnapshot;
import io.headgate.api.ConfigView;
import io.headgate.api.Resource;
import io.headgate.authz.RevocationSpec.OfCredential;
import io.headgate.authz.RevocationSpec.OfSubject;
import io.headgate.authz.RevocationSpec.OfTenant;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Every revocation by what it names, the longest where there are several. */
final class RevocationView implements ConfigView<Revoked> {

    @Override
    public Revoked derive(Optional<Revoked> previous, ConfigSnapshot next) {
        Map<String, Instant> tenants = new HashMap<>();
        Map<String, Instant> subjects = new HashMap<>();
        Map<String, Instant> credentials = new HashMap<>();
        Map<String, Long> epochs = new HashMap<>();
        for (Resource<RevocationSpec> resource : next.all(RevocationSpec.class)) {
            Instant expires = resource.spec().expires();
            switch (resource.spec().target()) {
                case OfTenant(String tenant) -> {
                    tenants.merge(tenant, expires, RevocationView::later);
                    epochs.merge(tenant, resource.version(), Long::sum);
                }
                case OfSubject(String tenant, String subject) -> {
                    subjects.merge(tenant + "/" + subject, expires, RevocationView::later);
                    epochs.merge(tenant, resource.version(), Long::sum);
                }
                case OfCredential(String id) -> credentials.merge(id, expires, RevocationView::later);
            }
        }
        boolean whole = next.unreadable(RevocationSpec.class).isEmpty();
        return new Revoked(tenants, subjects, credentials, epochs, whole);
    }

    private static Instant later(Instant one, Instant other) {
        return one.isAfter(other) ? one : other;
    }
}
