package io.headgate.ratelimit;

import io.headgate.api.ExchangeKey;
import io.headgate.api.ResourceId;
import java.time.Duration;
import java.util.List;

/** What the limits say to one request. */
sealed interface LimitDecision {

    ExchangeKey<LimitDecision> KEY = ExchangeKey.of(LimitDecision.class);

    /** The limits that were looked at, as they stand after this request. */
    List<Share> shares();

    record Admitted(List<Share> shares) implements LimitDecision {
        public Admitted {
            shares = List.copyOf(shares);
        }
    }

    /** @param violated those that have no room for this request; no other was drawn on */
    record Refused(List<ResourceId> violated, Duration retryAfter, List<Share> shares) implements LimitDecision {
        public Refused {
            violated = List.copyOf(violated);
            shares = List.copyOf(shares);
        }
    }

    /** @param undecided those that want nothing admitted while nobody can count */
    record Unavailable(List<ResourceId> undecided) implements LimitDecision {
        public Unavailable {
            undecided = List.copyOf(undecided);
        }

        @Override
        public List<Share> shares() {
            return List.of();
        }
    }

    /**
     * One limit, as its caller may know it.
     *
     * @param remaining tokens
     * @param seconds until the bucket is full again, or, where the request was refused by it, until it fits
     */
    record Share(ResourceId limit, Quota quota, long remaining, long seconds) {}
}
