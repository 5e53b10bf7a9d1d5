package io.headgate.gateway.registry;

import io.headgate.api.AdminRole;
import io.headgate.api.ResourceId;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/**
 * Who makes a change, as the audit will name it.
 *
 * @param teams those that a team-writer writes for
 */
public record Actor(
        String subject,
        Optional<String> tenant,
        Set<AdminRole> roles,
        Set<String> teams,
        Optional<String> requestId,
        Optional<String> traceId) {

    public Actor {
        roles = Set.copyOf(roles);
        teams = Set.copyOf(teams);
    }

    /** The gateway itself, where it carries out what its operator wrote into its own files. */
    static Actor operator(String subject) {
        return new Actor(
                subject,
                Optional.empty(),
                EnumSet.allOf(AdminRole.class),
                Set.of(),
                Optional.empty(),
                Optional.empty());
    }

    /** Whether one of the writers' roles is held; team-writers are held to their teams. */
    public boolean mayWrite(ResourceId id, Set<AdminRole> writers) {
        return writers.stream()
                .filter(roles::contains)
                .anyMatch(role -> role != AdminRole.TEAM_WRITER || teams.contains(id.team()));
    }
}
