package io.headgate.api;

import java.util.Locale;

/** What a key is for; no key serves two purposes. */
public enum KeyPurpose {
    /** Signs the caller for backends: an EC key on P-256. */
    CALLER_HEADER,
    CONSISTENCY_TOKEN,
    CURSOR,
    SIGNED_URL,
    WEBHOOK;

    public String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
