package io.headgate.api;

import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** What the policies say to one question. */
public sealed interface Decision {

    /**
     * The caller may. Code behind the authorization takes one of these, so that it cannot be reached without.
     *
     * @param policies the ids of those that permit
     * @param sets the policy sets that were asked, with their versions
     */
    record Permit(List<String> policies, List<String> sets) implements Decision {

        public Permit {
            policies = List.copyOf(policies);
            sets = List.copyOf(sets);
        }
    }

    /** @param policies the ids of those that forbid; empty where none permits, or where no policy had to be asked */
    record Deny(Reason reason, List<String> policies, List<String> sets) implements Decision {

        public Deny {
            policies = List.copyOf(policies);
            sets = List.copyOf(sets);
        }
    }

    /** @param reason for operators; a client learns only that nothing could be decided */
    record Undecided(String reason) implements Decision {}

    enum Reason {
        /** The caller and the resource are of different tenants; policies have no say in that. */
        FOREIGN_TENANT,
        /** The principal's tenant, subject or credential is revoked. */
        REVOKED,
        FORBIDDEN_BY_POLICY,
        NOT_PERMITTED
    }

    /**
     * What became of the decision on a request that goes on.
     *
     * @param eventId the decision in the audit
     * @param read whether the request changes nothing, whatever its method
     * @param permit empty on a route in shadow mode, where what the policies say does not count
     */
    record Granted(
            UUID eventId,
            String action,
            boolean read,
            String resourceType,
            String resourceId,
            Optional<Permit> permit) {
        public static final ExchangeKey<Granted> KEY = ExchangeKey.of(Granted.class);
    }
}
