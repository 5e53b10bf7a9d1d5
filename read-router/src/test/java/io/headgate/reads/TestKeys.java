package io.headgate.reads;

import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.OctetSequenceKey;
import io.headgate.api.KeyPurpose;
import io.headgate.api.KeyRing;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Keys that a test adds and takes away; the last one added signs. */
final class TestKeys implements KeyRing {

    private final List<JWK> keys = new ArrayList<>();

    TestKeys(String... ids) {
        List.of(ids).forEach(this::add);
    }

    void add(String id) {
        byte[] secret = (id + "-0123456789abcdef0123456789abcdef").getBytes(StandardCharsets.US_ASCII);
        keys.add(new OctetSequenceKey.Builder(secret).keyID(id).build());
    }

    void remove(String id) {
        keys.removeIf(key -> key.getKeyID().equals(id));
    }

    @Override
    public Optional<JWK> current(KeyPurpose purpose) {
        return keys.isEmpty() ? Optional.empty() : Optional.of(keys.getLast());
    }

    @Override
    public Optional<JWK> find(KeyPurpose purpose, String keyId) {
        return keys.stream().filter(key -> key.getKeyID().equals(keyId)).findFirst();
    }

    @Override
    public List<JWK> all(KeyPurpose purpose) {
        return List.copyOf(keys);
    }
}
