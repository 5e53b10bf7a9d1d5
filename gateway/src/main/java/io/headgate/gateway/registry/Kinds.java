package io.headgate.gateway.registry;

import io.headgate.api.ConfigKind;
import io.headgate.api.DatabaseSpec;
import io.headgate.api.SpecProblem;
import io.headgate.api.TeamSpec;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Every kind that a module of this build brings, by each of its names. */
final class Kinds {

    private final Map<String, ConfigKind<?>> byKind = new LinkedHashMap<>();
    private final Map<String, ConfigKind<?>> byPlural = new LinkedHashMap<>();
    private final Map<Class<?>, ConfigKind<?>> byType = new LinkedHashMap<>();

    Kinds(Collection<ConfigKind<?>> kinds) {
        kinds.stream()
                .sorted(Comparator.<ConfigKind<?>>comparingInt(Kinds::rank).thenComparing(ConfigKind::kind))
                .forEach(this::add);
    }

    private void add(ConfigKind<?> kind) {
        if (byKind.put(kind.kind(), kind) != null
                || byPlural.put(kind.plural(), kind) != null
                || byType.put(kind.specType(), kind) != null) {
            throw new IllegalArgumentException(
                    "kind " + kind.kind() + " (expected: a name, a plural and a spec type that no other kind has)");
        }
    }

    /** What others lean on comes first. */
    private static int rank(ConfigKind<?> kind) {
        if (kind.specType() == TeamSpec.class) {
            return 0;
        }
        return kind.specType() == DatabaseSpec.class ? 1 : 2;
    }

    List<ConfigKind<?>> all() {
        return List.copyOf(byKind.values());
    }

    Optional<ConfigKind<?>> ofKind(String kind) {
        return Optional.ofNullable(byKind.get(kind));
    }

    Optional<ConfigKind<?>> ofPlural(String plural) {
        return Optional.ofNullable(byPlural.get(plural));
    }

    Optional<ConfigKind<?>> ofType(Class<?> specType) {
        return Optional.ofNullable(byType.get(specType));
    }

    /** What is wrong with a document of a kind that is not there. */
    SpecProblem unknown(String kind) {
        return new SpecProblem("/kind", "'" + kind + "' (expected: one of " + String.join(", ", byKind.keySet()) + ")");
    }
}
