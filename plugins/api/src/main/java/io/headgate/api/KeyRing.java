package io.headgate.api;

import com.nimbusds.jose.jwk.JWK;
import java.util.List;
import java.util.Optional;

/**
 * The gateway's own keys. Rotating one is adding a key: the newest whose time has come signs, the others still verify
 * until they are removed.
 */
public interface KeyRing {

    /** The key to sign or encrypt with now; empty where the ring has none for this purpose. */
    Optional<JWK> current(KeyPurpose purpose);

    /** A key that something was signed with, by its id. */
    Optional<JWK> find(KeyPurpose purpose, String keyId);

    /** Every key of a purpose, those included whose time has not come, so that others can know them beforehand. */
    List<JWK> all(KeyPurpose purpose);
}
