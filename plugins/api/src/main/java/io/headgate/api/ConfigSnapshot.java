package io.headgate.api;

import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** Every resource at one revision, read and immutable. */
public interface ConfigSnapshot {

    long revision();

    <S> Optional<Resource<S>> find(Class<S> specType, ResourceId id);

    <S> Collection<Resource<S>> all(Class<S> specType);

    /** What is stored and cannot be read by this build; whoever is safe only with all of it must know. */
    default Collection<ResourceId> unreadable(Class<?> specType) {
        return List.of();
    }
}
