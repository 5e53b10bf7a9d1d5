package io.headgate.gateway.grpc;

import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.headgate.api.RequestId;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.springframework.http.HttpHeaders;

/** What a call says of itself, and the name that it goes by in the answer and in the audit. */
record CallHeaders(HttpHeaders headers, String requestId) {

    private static final Context.Key<CallHeaders> CURRENT = Context.key("headgate.call-headers");
    private static final Metadata.Key<String> REQUEST_ID = key(RequestId.HEADER);
    private static final List<Metadata.Key<String>> KEPT =
            List.of(key(HttpHeaders.AUTHORIZATION), key("X-Api-Key"), key("traceparent"));

    /** Of the call that this thread was entered for. */
    static CallHeaders current() {
        return CURRENT.get();
    }

    private static CallHeaders of(Metadata metadata) {
        var headers = new HttpHeaders();
        for (Metadata.Key<String> key : KEPT) {
            Iterable<String> values = metadata.getAll(key);
            if (values != null) {
                values.forEach(value -> headers.add(key.originalName(), value));
            }
        }
        String id = Optional.ofNullable(metadata.get(REQUEST_ID))
                .filter(RequestId::isAcceptable)
                .orElseGet(() -> UUID.randomUUID().toString());
        return new CallHeaders(headers, id);
    }

    private static Metadata.Key<String> key(String header) {
        return Metadata.Key.of(header, Metadata.ASCII_STRING_MARSHALLER);
    }

    /** Keeps them for the call, and names the call in its answer, however that ends. */
    static final class Interceptor implements ServerInterceptor {
        @Override
        public <Q, A> ServerCall.Listener<Q> interceptCall(
                ServerCall<Q, A> call, Metadata metadata, ServerCallHandler<Q, A> next) {
            CallHeaders headers = of(metadata);
            return Contexts.interceptCall(
                    Context.current().withValue(CURRENT, headers),
                    new Named<>(call, headers.requestId()),
                    metadata,
                    next);
        }
    }

    private static final class Named<Q, A> extends SimpleForwardingServerCall<Q, A> {
        private final String requestId;

        Named(ServerCall<Q, A> call, String requestId) {
            super(call);
            this.requestId = requestId;
        }

        @Override
        public void sendHeaders(Metadata headers) {
            headers.put(REQUEST_ID, requestId);
            super.sendHeaders(headers);
        }

        @Override
        public void close(Status status, Metadata trailers) {
            trailers.discardAll(REQUEST_ID);
            trailers.put(REQUEST_ID, requestId);
            super.close(status, trailers);
        }
    }
}
