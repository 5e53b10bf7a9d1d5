package io.headgate.api;

import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import org.springframework.http.HttpMethod;

/**
 * What every step may know about the route that it works for.
 *
 * @param methods empty where the route takes every method
 * @param version of the route, once it is served; 0 while it is only read
 * @param replicas of databases that instances of its backend read from
 */
public record RouteInfo(
        ResourceId id,
        Optional<String> host,
        PathTemplate path,
        Set<HttpMethod> methods,
        long version,
        Set<DatabaseReplica> replicas) {

    public static final ExchangeKey<RouteInfo> KEY = ExchangeKey.of(RouteInfo.class);

    public RouteInfo {
        methods = Set.copyOf(methods);
        replicas = Set.copyOf(replicas);
    }

    public RouteInfo(ResourceId id, Optional<String> host, PathTemplate path, Set<HttpMethod> methods) {
        this(id, host, path, methods, 0, Set.of());
    }

    public RouteInfo served(long servedVersion) {
        return new RouteInfo(id, host, path, methods, servedVersion, replicas);
    }

    public RouteInfo readingFrom(Collection<DatabaseReplica> itsReplicas) {
        return new RouteInfo(id, host, path, methods, version, Set.copyOf(itsReplicas));
    }
}
