package io.headgate.ratelimit;

import io.headgate.api.ConfigSnapshot;
import io.headgate.api.ConfigView;
import io.headgate.api.Resource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The limits of a revision; what did not change stays the very same, with what is known of its buckets. */
final class LimitView implements ConfigView<LimitBook> {

    @Override
    public LimitBook derive(Optional<LimitBook> previous, ConfigSnapshot next) {
        LimitBook before = previous.orElse(LimitBook.EMPTY);
        List<RateLimit> limits = new ArrayList<>();
        boolean isSame = true;
        for (Resource<RateLimitSpec> resource : next.all(RateLimitSpec.class)) {
            Optional<RateLimit> known =
                    before.find(resource.id()).filter(limit -> limit.version() == resource.version());
            limits.add(known.orElseGet(() -> new RateLimit(resource.id(), resource.version(), resource.spec())));
            isSame &= known.isPresent();
        }
        return isSame && limits.size() == before.all().size() ? before : new LimitBook(limits);
    }
}
