package io.headgate.api;

import java.util.Optional;
import java.util.Set;
import org.springframework.http.HttpMethod;

/**
 * What every step may know about the route that it works for.
 *
 * @param methods empty where the route takes every method
 * @param version of the route, once it is served; 0 while it is only read
 */
public record RouteInfo(
        ResourceId id, Optional<String> host, PathTemplate path, Set<HttpMethod> methods, long version) {

    public static final ExchangeKey<RouteInfo> KEY = ExchangeKey.of(RouteInfo.class);

    public RouteInfo {
        methods = Set.copyOf(methods);
    }

    public RouteInfo(ResourceId id, Optional<String> host, PathTemplate path, Set<HttpMethod> methods) {
        this(id, host, path, methods, 0);
    }

    public RouteInfo served(long servedVersion) {
        return new RouteInfo(id, host, path, methods, servedVersion);
    }
}
