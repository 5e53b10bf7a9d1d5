package io.headgate.authz;

import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.util.JSONObjectUtils;
import java.text.ParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** An issuer's public keys as it last published them. */
record KeySet(List<VerificationKey> keys) {

    static final KeySet NONE = new KeySet(List.of());

    sealed interface Lookup {}

    record Found(VerificationKey key) implements Lookup {}

    /** The key is there, and the token does not fit it; asking the issuer again would change nothing. */
    record Unfit() implements Lookup {}

    record Unknown() implements Lookup {}

    KeySet {
        keys = List.copyOf(keys);
    }

    /** Reads a JWKS; a key that cannot be used here is left out, so that it takes none of the others with it. */
    static KeySet parse(String document, int maxKeys) throws ParseException {
        List<Object> listed = JSONObjectUtils.getJSONArray(JSONObjectUtils.parse(document), "keys");
        if (listed == null || listed.size() > maxKeys) {
            throw new ParseException("keys (expected: a list of at most " + maxKeys + ")", 0);
        }
        List<VerificationKey> keys = new ArrayList<>();
        for (Object key : listed) {
            usable(key).ifPresent(keys::add);
        }
        return new KeySet(keys);
    }

    @SuppressWarnings("unchecked") // a JSON object as the parser makes it
    private static Optional<VerificationKey> usable(Object key) {
        try {
            return key instanceof Map<?, ?> object
                    ? VerificationKey.of(JWK.parse((Map<String, Object>) object))
                    : Optional.empty();
        } catch (ParseException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** The key that the header names. A header may leave the name out where there is only one key. */
    Lookup find(JWSHeader header) {
        if (header.getKeyID() == null) {
            return keys.isEmpty() ? new Unknown() : keys.size() == 1 ? ifFit(keys, header) : new Unfit();
        }
        List<VerificationKey> named = keys.stream()
                .filter(key -> key.keyId().filter(header.getKeyID()::equals).isPresent())
                .toList();
        return named.isEmpty() ? new Unknown() : ifFit(named, header);
    }

    private static Lookup ifFit(List<VerificationKey> named, JWSHeader header) {
        return named.stream()
                .filter(key -> key.algorithms().contains(header.getAlgorithm()))
                .<Lookup>map(Found::new)
                .findFirst()
                .orElseGet(Unfit::new);
    }
}
