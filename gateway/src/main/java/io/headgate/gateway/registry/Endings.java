package io.headgate.gateway.registry;

import io.headgate.api.ConfigKind;
import io.headgate.api.Resource;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Finds what has ended by itself; another instance may remove it first, and then there is nothing to do. */
final class Endings {

    private static final int AT_ONCE = 1_000;

    private Endings() {}

    static List<Intent> of(Head head, Instant now) {
        return head.kinds().all().stream()
                .flatMap(kind -> ended(kind, head, now))
                .limit(AT_ONCE)
                .toList();
    }

    /** What a file says is for its author to remove. */
    private static <S> Stream<Intent> ended(ConfigKind<S> kind, Head head, Instant now) {
        return head.all(kind.specType()).stream()
                .filter(resource -> resource.origin() == Resource.Origin.API)
                .filter(resource -> kind.endsAt(resource.spec())
                        .filter(end -> !end.isAfter(now))
                        .isPresent())
                .map(resource -> removal(kind, resource));
    }

    private static Intent removal(ConfigKind<?> kind, Resource<?> resource) {
        return new Intent(
                kind,
                resource.id(),
                Optional.empty(),
                false,
                Resource.Origin.API,
                new Precondition.VersionIs(resource.version()),
                Actor.operator("headgate:endings"));
    }
}
