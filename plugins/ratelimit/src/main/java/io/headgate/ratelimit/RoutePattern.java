package io.headgate.ratelimit;

import io.headgate.api.ResourceId;

/** Routes by name: one ({@code reports/api}, or {@code api} for one's own), a team's ({@code reports/*}) or all. */
record RoutePattern(String team, String name) {

    static final String ANY = "*";

    RoutePattern {
        if (!team.equals(ANY) && !ResourceId.isSlug(team) || !name.equals(ANY) && !ResourceId.isSlug(name)) {
            throw new IllegalArgumentException("'" + team + "/" + name
                    + "' (expected: a route as team/name or name, a team's as team/*, or all as */*)");
        }
        if (team.equals(ANY) && !name.equals(ANY)) {
            throw new IllegalArgumentException("'" + team + "/" + name + "' (expected: */* where the team is any)");
        }
    }

    static RoutePattern parse(String ownTeam, String text) {
        int slash = text.indexOf('/');
        return slash < 0
                ? new RoutePattern(ownTeam, text)
                : new RoutePattern(text.substring(0, slash), text.substring(slash + 1));
    }

    boolean matches(ResourceId route) {
        return (team.equals(ANY) || team.equals(route.team())) && (name.equals(ANY) || name.equals(route.name()));
    }

    @Override
    public String toString() {
        return team + "/" + name;
    }
}
