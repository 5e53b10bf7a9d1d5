package io.headgate.gateway.registry;

import io.headgate.api.ResourceId;
import java.util.List;
import java.util.Optional;

/** @param next what the next page comes after; empty on the last */
public record ListPage(List<StoredResource> items, Optional<ResourceId> next) {}
