package io.headgate.api;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A snapshot of exactly what a test puts in. */
public final class FakeSnapshot implements ConfigSnapshot {

    private final Map<Class<?>, List<Resource<?>>> resources = new HashMap<>();
    private final List<ResourceId> unreadable = new ArrayList<>();

    public <S> FakeSnapshot with(Class<S> specType, Resource<S> resource) {
        resources.computeIfAbsent(specType, ignored -> new ArrayList<>()).add(resource);
        return this;
    }

    /** Stored, but of a form that nobody can read. */
    public FakeSnapshot unreadable(String team, String name) {
        unreadable.add(new ResourceId(team, name));
        return this;
    }

    @Override
    public Collection<ResourceId> unreadable(Class<?> specType) {
        return unreadable;
    }

    @Override
    public long revision() {
        return 1;
    }

    @Override
    public <S> Optional<Resource<S>> find(Class<S> specType, ResourceId id) {
        return all(specType).stream()
                .filter(resource -> resource.id().equals(id))
                .findFirst();
    }

    @Override
    @SuppressWarnings("unchecked") // what is under a spec type was put there with it
    public <S> Collection<Resource<S>> all(Class<S> specType) {
        return (Collection<Resource<S>>) (Collection<?>) resources.getOrDefault(specType, List.of());
    }
}
