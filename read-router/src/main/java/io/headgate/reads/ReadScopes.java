package io.headgate.reads;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Opens scopes from the tokens that a caller brings, and writes the token that it takes along. */
public final class ReadScopes {

    private final Optional<ConsistencyTokens> tokens;
    private final Consistency level;
    private final Duration maxAge;

    /** @param tokens empty where there is no key ring, so that none can be believed */
    ReadScopes(Optional<ConsistencyTokens> tokens, Consistency level, Duration maxAge) {
        this.tokens = tokens;
        this.level = level;
        this.maxAge = maxAge;
    }

    /** At the level of the settings. */
    public ReadScope open(String tenant, List<String> broughtTokens) {
        return open(tenant, broughtTokens, level, maxAge);
    }

    /** @param maxAge at level bounded, how old an answer may be */
    public ReadScope open(String tenant, List<String> broughtTokens, Consistency level, Duration maxAge) {
        return new ReadScope(level, maxAge, false, seen(tenant, broughtTokens));
    }

    /** For a long read, which prefers the nodes that are meant for such. */
    public ReadScope openForExport(String tenant, List<String> broughtTokens) {
        return new ReadScope(level, maxAge, true, seen(tenant, broughtTokens));
    }

    /** Empty where nothing was seen, or where there is no key. */
    public Optional<String> token(String tenant, ReadScope scope) {
        return token(tenant, scope.seen());
    }

    Optional<String> token(String tenant, Seen seen) {
        return tokens.flatMap(codec -> codec.mint(tenant, seen));
    }

    /** For a read that nobody opened a scope for, and that leaves nothing. */
    ReadScope ofNobody() {
        return new ReadScope(level, maxAge, false, Seen.NOTHING);
    }

    Seen seen(String tenant, List<String> brought) {
        return tokens.map(codec -> codec.read(tenant, brought))
                .orElse(brought.isEmpty() ? Seen.NOTHING : Seen.UNTRUSTED);
    }
}
