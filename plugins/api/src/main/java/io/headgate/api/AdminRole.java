package io.headgate.api;

import java.util.Arrays;
import java.util.Optional;

/** What a caller of the admin plane may be; the words stand in the token's roles. */
public enum AdminRole {
    /** Changes the resources of the teams that its token names, within what those teams own. */
    TEAM_WRITER("team-writer"),
    /** Tunes limits, drains replicas, aborts canaries. */
    SRE("sre"),
    /** Reads everything, writes nothing. */
    AUDITOR("auditor"),
    /** Asks for decisions, and nothing else. */
    SERVICE("service"),
    /** Says who owns what. */
    PLATFORM_ADMIN("platform-admin");

    /** What a token must be for to reach the admin plane. */
    public static final String AUDIENCE = "headgate-admin";

    private final String word;

    AdminRole(String word) {
        this.word = word;
    }

    public String word() {
        return word;
    }

    public static Optional<AdminRole> of(String word) {
        return Arrays.stream(values()).filter(role -> role.word.equals(word)).findFirst();
    }
}
