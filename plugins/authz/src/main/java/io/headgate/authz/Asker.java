package io.headgate.authz;

import io.headgate.api.AdminRole;
import io.headgate.api.Caller;
import java.util.Optional;

/**
 * A service that asks, with a credential that lets it.
 *
 * @param via the protocol, as metrics and the audit name it
 */
public record Asker(Caller caller, String via, String requestId, Optional<String> traceId) {

    /** A service asks about its own tenant; the platform about any. */
    boolean mayAskAbout(String tenant) {
        return caller.roles().contains(AdminRole.PLATFORM_ADMIN.word()) || tenant.equals(caller.tenant());
    }
}
