package io.headgate.authz;

import java.util.List;

/** Every issuer that is believed, as the settings name them. */
record TrustedIssuers(List<TrustedIssuer> all) {

    TrustedIssuers {
        all = List.copyOf(all);
    }
}
