package io.headgate.gateway.upstream;

import io.headgate.api.ExchangeKey;

/**
 * Who is at the other end, as far as trusted proxies in front can be believed; the edge decides it.
 *
 * @param client the address of the client itself
 * @param forwardedFor what backends are told: the client and each trusted proxy after it, the one that connected last
 * @param proto the scheme that the client used
 * @param host the authority that the client asked for
 * @param port the port that the client connected to
 */
public record ClientAddress(String client, String forwardedFor, String proto, String host, int port) {
    public static final ExchangeKey<ClientAddress> KEY = ExchangeKey.of(ClientAddress.class);
}
