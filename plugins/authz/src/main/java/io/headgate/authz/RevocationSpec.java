package io.headgate.authz;

import java.time.Instant;
import java.util.Optional;

/** Until {@code expires}, nothing that this names passes, whenever its credential was issued. */
record RevocationSpec(Target target, Optional<String> reason, Instant expires) {

    sealed interface Target {}

    record OfTenant(String tenant) implements Target {}

    record OfSubject(String tenant, String subject) implements Target {}

    /** @param id the {@code jti} of a token, or the id of an API key */
    record OfCredential(String id) implements Target {}
}
