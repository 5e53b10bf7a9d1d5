package io.headgate.gateway.edge;

import io.headgate.api.Problem;
import io.headgate.api.ProblemType;
import java.net.URI;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.server.RequestPath;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpRequestDecorator;
import reactor.core.publisher.Flux;

/** A request whose path was not canonical as it came; everything else is as the client sent it. */
final class CleanRequest extends ServerHttpRequestDecorator {

    private final URI uri;
    private final RequestPath path;

    CleanRequest(ServerHttpRequest request, String canonicalPath) {
        super(request);
        URI raw = request.getURI();
        String query = raw.getRawQuery();
        uri = URI.create(
                raw.getScheme() + "://" + raw.getRawAuthority() + canonicalPath + (query == null ? "" : "?" + query));
        path = RequestPath.parse(uri, null);
    }

    @Override
    public URI getURI() {
        return uri;
    }

    @Override
    public RequestPath getPath() {
        return path;
    }

    /** A request whose body does not say its length, and ends with a refusal where it grows beyond the limit. */
    static final class Limited extends ServerHttpRequestDecorator {
        private final long limit;

        Limited(ServerHttpRequest request, long limit) {
            super(request);
            this.limit = limit;
        }

        @Override
        public Flux<DataBuffer> getBody() {
            return Flux.defer(() -> {
                long[] left = {limit};
                return getDelegate().getBody().map(buffer -> counted(buffer, left));
            });
        }

        private static DataBuffer counted(DataBuffer buffer, long[] left) {
            left[0] -= buffer.readableByteCount();
            if (left[0] < 0) {
                DataBufferUtils.release(buffer);
                throw Problem.of(ProblemType.BODY_TOO_LARGE, "The body is larger than this gateway takes.")
                        .asException();
            }
            return buffer;
        }
    }
}
