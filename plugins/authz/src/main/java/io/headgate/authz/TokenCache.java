package io.headgate.authz;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import com.github.benmanes.caffeine.cache.Ticker;
import io.headgate.api.Caller;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Tokens that were proved, until they expire or for as long as a key may be believed after its issuer has removed it;
 * and for a moment those whose signature failed, so that sending one again and again costs no cryptography.
 */
final class TokenCache {

    private final Clock clock;
    private final Duration maxAge;
    private final Cache<SecretHash, Caller> proved;
    private final Cache<SecretHash, Boolean> forged;

    TokenCache(AuthzProperties.Tokens bounds, Clock clock) {
        this.clock = clock;
        this.maxAge = bounds.cacheTtl();
        Ticker ticker = () -> TimeUnit.MILLISECONDS.toNanos(clock.millis());
        this.proved = Caffeine.newBuilder()
                .maximumSize(bounds.cacheSize())
                .ticker(ticker)
                .expireAfter(Expiry.creating((SecretHash hash, Caller caller) -> lifeOf(caller)))
                .build();
        this.forged = Caffeine.newBuilder()
                .maximumSize(bounds.forgedCacheSize())
                .ticker(ticker)
                .expireAfterWrite(bounds.forgedCacheTtl())
                .build();
    }

    Optional<Caller> find(SecretHash hash) {
        return Optional.ofNullable(proved.getIfPresent(hash));
    }

    boolean isForged(SecretHash hash) {
        return forged.getIfPresent(hash) != null;
    }

    void putProved(SecretHash hash, Caller caller) {
        if (caller.expiresAt().isAfter(clock.instant())) { // one within the clock skew is proved anew each time
            proved.put(hash, caller);
        }
    }

    void putForged(SecretHash hash) {
        forged.put(hash, true);
    }

    private Duration lifeOf(Caller caller) {
        Instant now = clock.instant();
        return caller.expiresAt().isAfter(now.plus(maxAge)) ? maxAge : Duration.between(now, caller.expiresAt());
    }
}
