package io.headgate.pagination;

import com.nimbusds.jose.jwk.JWK;
import io.headgate.api.KeyPurpose;
import io.headgate.api.KeyRing;
import java.util.List;
import java.util.Optional;

/** Where an application names no directory of keys: pages are refused, and say so. */
final class NoKeys implements KeyRing {

    @Override
    public Optional<JWK> current(KeyPurpose purpose) {
        return Optional.empty();
    }

    @Override
    public Optional<JWK> find(KeyPurpose purpose, String keyId) {
        return Optional.empty();
    }

    @Override
    public List<JWK> all(KeyPurpose purpose) {
        return List.of();
    }
}
