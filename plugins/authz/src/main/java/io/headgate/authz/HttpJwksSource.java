package io.headgate.authz;

import io.netty.channel.ChannelOption;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;

/** Fetches keys over HTTP, without following redirects: the operator named the address that is trusted. */
final class HttpJwksSource implements JwksSource {

    private final HttpClient client;
    private final URI uri;
    private final AuthzProperties.Jwks bounds;

    HttpJwksSource(URI uri, AuthzProperties.Jwks bounds) {
        this.client = HttpClient.newConnection()
                .option(
                        ChannelOption.CONNECT_TIMEOUT_MILLIS,
                        Math.toIntExact(bounds.connectTimeout().toMillis()))
                .headers(headers -> headers.set("Accept", "application/jwk-set+json, application/json"));
        this.uri = uri;
        this.bounds = bounds;
    }

    @Override
    public Mono<String> fetch() {
        return client.get()
                .uri(uri)
                .response((response, body) -> response.status().code() == 200
                        ? bounded(body.asByteArray())
                        : Flux.error(new IllegalStateException(
                                "status " + response.status().code())))
                .single()
                .timeout(bounds.timeout());
    }

    private Mono<String> bounded(Flux<byte[]> body) {
        return body.collect(ByteArrayOutputStream::new, this::append)
                .map(bytes -> bytes.toString(StandardCharsets.UTF_8));
    }

    private void append(ByteArrayOutputStream bytes, byte[] more) {
        if (bytes.size() + more.length > bounds.maxSize().toBytes()) {
            throw new IllegalStateException("more than " + bounds.maxSize().toBytes() + " bytes");
        }
        bytes.writeBytes(more);
    }
}
