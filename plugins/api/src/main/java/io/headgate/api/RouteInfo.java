package io.headgate.api;

import java.util.Optional;
import java.util.Set;
import org.springframework.http.HttpMethod;

/**
 * What every step may know about the route that it works for.
 *
 * @param methods empty where the route takes every method
 */
public record RouteInfo(ResourceId id, Optional<String> host, PathTemplate path, Set<HttpMethod> methods) {

    public static final ExchangeKey<RouteInfo> KEY = ExchangeKey.of(RouteInfo.class);

    public RouteInfo {
        methods = Set.copyOf(methods);
    }
}
