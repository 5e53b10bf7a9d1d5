package io.headgate.api;

/** The client's own address, as far as trusted proxies in front can be believed. */
public record ClientIp(String value) {
    public static final ExchangeKey<ClientIp> KEY = ExchangeKey.of(ClientIp.class);
}
