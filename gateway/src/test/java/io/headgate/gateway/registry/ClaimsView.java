package io.headgate.gateway.registry;

import io.headgate.api.ConfigSnapshot;
import io.headgate.api.ConfigView;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/** What things claim, by their names; counts its derivations, and can be held up in one. */
final class ClaimsView implements ConfigView<Map<String, String>> {

    final AtomicInteger derived = new AtomicInteger();
    volatile boolean fails;
    volatile CountDownLatch gate = new CountDownLatch(0);

    @Override
    public Map<String, String> derive(Optional<Map<String, String>> previous, ConfigSnapshot next) {
        derived.incrementAndGet();
        try {
            gate.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        if (fails) {
            throw new IllegalStateException("scripted");
        }
        Map<String, String> claims = new TreeMap<>();
        next.all(ThingKind.Thing.class)
                .forEach(thing -> claims.put(thing.id().toString(), thing.spec().claim()));
        return claims;
    }
}
