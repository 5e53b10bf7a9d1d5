package io.headgate.authz;

import io.headgate.api.Caller;
import io.headgate.api.ConfigSnapshot;
import io.headgate.api.ConfigView;
import io.headgate.api.Resource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Every API key's caller by the hash of its secret; a key that is gone from the snapshot is gone from here. */
final class ApiKeyView implements ConfigView<Map<SecretHash, Caller>> {

    private final String audience;

    ApiKeyView(String audience) {
        this.audience = audience;
    }

    @Override
    public Map<SecretHash, Caller> derive(Optional<Map<SecretHash, Caller>> previous, ConfigSnapshot next) {
        Map<SecretHash, Caller> callers = new HashMap<>();
        for (Resource<ApiKeySpec> key : next.all(ApiKeySpec.class)) {
            key.spec().hash().ifPresent(hash -> callers.put(hash, caller(key)));
        }
        return Map.copyOf(callers);
    }

    private Caller caller(Resource<ApiKeySpec> key) {
        ApiKeySpec spec = key.spec();
        return new Caller(
                spec.tenant(),
                spec.subject(),
                spec.roles(),
                spec.plan(),
                spec.scopes(),
                Set.of(),
                Set.of(audience),
                spec.keyId().orElse(key.id().name()),
                spec.expires());
    }
}
