package io.headgate.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.api.Event;
import io.headgate.ratelimit.RateLimitSpec.Mode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class LimitEventsTest {

    private static final String LIMIT = "platform/x";

    private final String prefix = "test-" + UUID.randomUUID();
    private final TestTime time = new TestTime();
    private final AtomicReference<LimitBook> book = new AtomicReference<>(
            new LimitBook(List.of(Instance.limit(LIMIT, Instance.quota(100, 60, 100), Mode.EXACT))));
    private final List<Instance> instances = new ArrayList<>();

    {
        for (String name : List.of("a", "b")) {
            instances.add(new Instance(name, Instance.settings(prefix), book, time::nanos)
                    .on(Redises.store(prefix, time::micros)));
        }
        time.advance(Duration.ofNanos((60_000_000 - time.micros() % 60_000_000) * 1_000));
        instances.forEach(Instance::beat);
    }

    private List<Event> events(String type) {
        instances.forEach(instance -> instance.engine.parts().events().flush());
        return instances.stream()
                .flatMap(instance -> instance.events.stream())
                .filter(event -> event.eventType().equals(type))
                .toList();
    }

    @Test
    void aFloodIsOneEventForEachKeyWindowAndInstanceWithTheCount() {
        for (int i = 0; i < 1_100; i++) {
            instances.getFirst().ask(LIMIT, "acme", 1);
        }
        assertThat(events("limit.exceeded")).as("before the window is over").isEmpty();
        time.advance(Duration.ofSeconds(60));

        assertThat(events("limit.exceeded")).singleElement().satisfies(event -> {
            assertThat(event.accountId()).isEqualTo(Optional.of("acme"));
            assertThat(event.data())
                    .containsEntry("limits", List.of(LIMIT))
                    .containsEntry("key", "acme")
                    .containsEntry("count", 1_000L)
                    .containsEntry("instance", "a");
        });
        assertThat(events("limit.exceeded")).as("and no more of it").hasSize(1);
    }

    @Test
    void aLimitThatIsNearlyUsedUpIsToldOnceWhicheverInstanceSeesIt() {
        for (int i = 0; i < 100; i++) {
            instances.get(i % 2).ask(LIMIT, "acme", 1);
        }

        assertThat(events("limit.approached"))
                .extracting(event -> event.data().get("percent"))
                .containsExactlyInAnyOrder(80, 95);
    }

    @Test
    void theNextWindowIsToldAnew() {
        for (int window = 0; window < 2; window++) {
            for (int i = 0; i < 101; i++) {
                instances.getFirst().ask(LIMIT, "acme", 1);
            }
            time.advance(Duration.ofSeconds(60));
            events("limit.exceeded");
        }

        assertThat(events("limit.exceeded")).hasSize(2);
        assertThat(events("limit.approached")).hasSize(4);
    }
}
