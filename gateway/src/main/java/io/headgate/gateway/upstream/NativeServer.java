package io.headgate.gateway.upstream;

import org.jspecify.annotations.Nullable;
import org.springframework.http.server.reactive.AbstractServerHttpRequest;
import org.springframework.http.server.reactive.AbstractServerHttpResponse;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.http.server.reactive.ServerHttpResponseDecorator;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/**
 * Reactor Netty's own request and response behind the framework's, where they are what carries the exchange: headers
 * go from one Netty map into the other without becoming strings in between.
 */
final class NativeServer {
    private static final String REQUEST = "org.springframework.http.server.reactive.ReactorServerHttpRequest";
    private static final String RESPONSE = "org.springframework.http.server.reactive.ReactorServerHttpResponse";

    private static final ClassValue<Boolean> IS_ITS_OWN = new ClassValue<>() {
        @Override
        protected Boolean computeValue(Class<?> type) {
            return type.getName().equals(REQUEST) || type.getName().equals(RESPONSE);
        }
    };

    private NativeServer() {}

    /** Null where a filter has changed the request: then the native headers are not what is to be sent. */
    static @Nullable HttpServerRequest untouched(ServerHttpRequest request) {
        return IS_ITS_OWN.get(request.getClass()) && request instanceof AbstractServerHttpRequest plain
                ? plain.getNativeRequest()
                : null;
    }

    /** Null where a decorator may want to see the headers. */
    static @Nullable HttpServerResponse undecorated(ServerHttpResponse response) {
        return IS_ITS_OWN.get(response.getClass()) && response instanceof AbstractServerHttpResponse plain
                ? plain.getNativeResponse()
                : null;
    }

    /** Null where another server carries the exchange. */
    static @Nullable HttpServerResponse behind(ServerHttpResponse response) {
        ServerHttpResponse plain = response;
        while (plain instanceof ServerHttpResponseDecorator decorator) {
            plain = decorator.getDelegate();
        }
        return plain instanceof AbstractServerHttpResponse server
                        && server.getNativeResponse() instanceof HttpServerResponse found
                ? found
                : null;
    }
}
