package io.headgate.export;

import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.OctetSequenceKey;
import io.headgate.api.KeyPurpose;
import io.headgate.api.KeyRing;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/** Keys that a test adds and takes away; the last one added signs. */
final class JobKeys implements KeyRing {

    private final List<JWK> keys = new CopyOnWriteArrayList<>();

    JobKeys(String... ids) {
        List.of(ids).forEach(id -> add(id, Instant.EPOCH));
    }

    void add(String id, Instant from) {
        byte[] secret = (id + "-0123456789abcdef0123456789abcdef").getBytes(StandardCharsets.US_ASCII);
        keys.add(new OctetSequenceKey.Builder(secret)
                .keyID(id)
                .notBeforeTime(Date.from(from))
                .build());
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
