package io.headgate.authz;

import java.util.List;
import java.util.Locale;

/** What a backend's own checks say of a request. */
enum LegacyWord {
    ALLOW,
    DENY,
    /** The backend said nothing. */
    MISSING,
    /** It said something else, or something more than once: neither agreement nor difference can be told from it. */
    GARBLED;

    static LegacyWord of(List<String> header) {
        if (header.size() != 1) {
            return header.isEmpty() ? MISSING : GARBLED;
        }
        return switch (header.getFirst().strip().toLowerCase(Locale.ROOT)) {
            case "allow" -> ALLOW;
            case "deny" -> DENY;
            default -> GARBLED;
        };
    }

    String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
