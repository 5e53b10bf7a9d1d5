package io.headgate.gateway.upstream;

import io.headgate.api.ExchangeKey;

/** Where a step wants this one request to go: one of the route's own addresses. Without it the route's weights decide. */
public record ChosenUpstream(UpstreamAddress address) {
    public static final ExchangeKey<ChosenUpstream> KEY = ExchangeKey.of(ChosenUpstream.class);
}
