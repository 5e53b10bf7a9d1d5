package io.headgate.ratelimit;

/** What one request asks of one bucket. */
record Claim(Allowance allowance, long cost) {

    RateLimit limit() {
        return allowance.limit();
    }

    /** Whether the request goes no further where this one is short. */
    boolean refuses() {
        return limit().isEnforced();
    }

    Store.Take take(Store.Memory memory) {
        return new Store.Take(allowance.place(), cost * Quota.MICROS, refuses(), memory);
    }
}
