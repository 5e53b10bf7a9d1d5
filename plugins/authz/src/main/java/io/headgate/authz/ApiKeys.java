package io.headgate.authz;

import io.headgate.api.Caller;
import java.util.Optional;

/** The API keys that open something now. */
interface ApiKeys {

    Optional<Caller> find(SecretHash hash);
}
