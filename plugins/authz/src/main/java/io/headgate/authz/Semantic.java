package io.headgate.authz;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** How far a list of questions is gone through, as AuthZEN names it. */
enum Semantic {
    EXECUTE_ALL,
    DENY_ON_FIRST_DENY,
    PERMIT_ON_FIRST_PERMIT;

    static Optional<Semantic> of(String word) {
        return Arrays.stream(values()).filter(one -> one.word().equals(word)).findFirst();
    }

    static String words() {
        return Arrays.stream(values()).map(Semantic::word).collect(Collectors.joining(", "));
    }

    private String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Whether what comes after this answer is not asked any more; what failed counts as denied. */
    boolean endsWith(Evaluated answer) {
        return switch (this) {
            case EXECUTE_ALL -> false;
            case DENY_ON_FIRST_DENY -> !answer.isPermit();
            case PERMIT_ON_FIRST_PERMIT -> answer.isPermit();
        };
    }
}
