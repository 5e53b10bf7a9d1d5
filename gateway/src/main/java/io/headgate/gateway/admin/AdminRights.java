package io.headgate.gateway.admin;

import io.headgate.api.AdminRole;
import io.headgate.api.ConfigKind;
import io.headgate.api.ResourceId;
import io.headgate.api.TeamSpec;
import io.headgate.gateway.registry.Actor;
import java.util.EnumSet;
import java.util.Set;

/**
 * Who may see what, and who need not even try to write. Whether a change itself is allowed depends on what it changes:
 * the registry asks the kind, within the transaction of the change.
 */
final class AdminRights {

    private static final Set<AdminRole> OF_THIS_API = EnumSet.complementOf(EnumSet.of(AdminRole.SERVICE));
    private static final Set<AdminRole> SEEING_ALL =
            EnumSet.of(AdminRole.SRE, AdminRole.AUDITOR, AdminRole.PLATFORM_ADMIN);

    private AdminRights() {}

    static void requireAnyRole(Actor actor) {
        if (!holdsOneOf(actor, OF_THIS_API)) {
            throw Refusals.forbidden("This needs one of the roles team-writer, sre, auditor and platform-admin.");
        }
    }

    /**
     * A team-writer sees what other teams publish, since a conflict may name it, but of the platform's own kinds only
     * what its teams own: the others hold credentials, and where databases are.
     */
    static void requireRead(Actor actor, ConfigKind<?> kind, ResourceId id) {
        if (!seesAll(actor, kind) && !isOwnTeam(actor, kind, id)) {
            throw Refusals.forbidden(
                    kind.kind() + " " + id + " is for the roles sre, auditor and platform-admin to read.");
        }
    }

    /** What callers of a team's routes did is for the team, and for those who see everything. */
    static void requireInsight(Actor actor, ResourceId id) {
        if (!holdsOneOf(actor, SEEING_ALL)
                && !(holdsOneOf(actor, EnumSet.of(AdminRole.TEAM_WRITER))
                        && actor.teams().contains(id.team()))) {
            throw Refusals.forbidden("This needs the role team-writer for the team " + id.team()
                    + ", or one of sre, auditor and platform-admin.");
        }
    }

    static void requireAuditor(Actor actor) {
        if (!holdsOneOf(actor, EnumSet.of(AdminRole.AUDITOR, AdminRole.PLATFORM_ADMIN))) {
            throw Refusals.forbidden("The audit is for the roles auditor and platform-admin.");
        }
    }

    static void requireList(Actor actor, ConfigKind<?> kind) {
        if (!seesAll(actor, kind)) {
            throw Refusals.forbidden(
                    "The list of " + kind.plural() + " is for the roles sre, auditor and platform-admin to read.");
        }
    }

    /** Spares reading the body of a write that no content could make allowed. */
    static void requireWriter(Actor actor, ResourceId id) {
        if (!actor.mayWrite(id, EnumSet.of(AdminRole.TEAM_WRITER, AdminRole.SRE, AdminRole.PLATFORM_ADMIN))) {
            throw Refusals.forbidden("This needs the role team-writer for the team " + id.team()
                    + ", or one of sre and platform-admin.");
        }
    }

    private static boolean seesAll(Actor actor, ConfigKind<?> kind) {
        return !kind.isPlatformOnly() || holdsOneOf(actor, SEEING_ALL);
    }

    private static boolean isOwnTeam(Actor actor, ConfigKind<?> kind, ResourceId id) {
        return kind.specType() == TeamSpec.class && actor.teams().contains(id.name());
    }

    private static boolean holdsOneOf(Actor actor, Set<AdminRole> roles) {
        return roles.stream().anyMatch(actor.roles()::contains);
    }
}
