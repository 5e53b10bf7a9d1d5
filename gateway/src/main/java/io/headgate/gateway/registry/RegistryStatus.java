package io.headgate.gateway.registry;

import java.util.List;

/**
 * @param instance this instance's own name
 * @param instances every one that lives; this one alone while the store is away
 */
public record RegistryStatus(String instance, RegistryState state, List<InstanceStatus> instances) {}
