package io.headgate.authz;

import reactor.core.publisher.Mono;

/** Where an issuer publishes its keys. */
interface JwksSource {

    /** The document, exactly once; an error where it cannot be had within the bounds. */
    Mono<String> fetch();
}
