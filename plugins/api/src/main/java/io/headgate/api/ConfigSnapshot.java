package io.headgate.api;

import java.util.Collection;
import java.util.Optional;

/** Every resource at one revision, read and immutable. */
public interface ConfigSnapshot {

    long revision();

    <S> Optional<Resource<S>> find(Class<S> specType, ResourceId id);

    <S> Collection<Resource<S>> all(Class<S> specType);
}
