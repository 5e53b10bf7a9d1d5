package io.headgate.ratelimit;

import io.headgate.api.ResourceId;

/**
 * One limit as it is in force.
 *
 * @param version of the resource it was made from; 0 for one that a route of the framework brings along
 */
record RateLimit(ResourceId id, long version, RateLimitSpec spec) {

    static final long OF_ITS_ROUTE = 0;

    boolean isOfItsRoute() {
        return version == OF_ITS_ROUTE;
    }

    boolean isEnforced() {
        return spec.enforcement() == RateLimitSpec.Enforcement.ENFORCE;
    }

    boolean isOn() {
        return spec.isOn();
    }
}
