package io.headgate.ratelimit;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a limit says.
 *
 * @param overrides by the value of the first key
 * @param plans by the caller's plan; an override wins
 */
record RateLimitSpec(
        List<KeyPart> key,
        List<RoutePattern> routes,
        Quota quota,
        Map<String, Quota> overrides,
        Map<String, Quota> plans,
        Mode mode,
        OnStoreDown onStoreDown,
        Enforcement enforcement) {

    enum Mode {
        /** Every request is counted where all instances see it. */
        EXACT,
        /** Each instance takes a few tokens ahead and spends them by itself. */
        LEASED
    }

    enum OnStoreDown {
        /** Each instance admits its share. */
        LOCAL,
        DENY,
        /** Admits, and counts what it would have been. */
        ALLOW
    }

    enum Enforcement {
        ENFORCE,
        /** Counts and reports, and refuses nobody. */
        SHADOW,
        OFF
    }

    RateLimitSpec {
        key = List.copyOf(key);
        routes = List.copyOf(routes);
        overrides = Map.copyOf(overrides);
        plans = Map.copyOf(plans);
    }

    Quota quotaFor(String first, Optional<String> plan) {
        Quota override = overrides.isEmpty() ? null : overrides.get(first);
        if (override != null) {
            return override;
        }
        return plans.isEmpty() ? quota : plan.map(plans::get).orElse(quota);
    }

    boolean isOn() {
        return enforcement != Enforcement.OFF;
    }
}
