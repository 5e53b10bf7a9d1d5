package io.headgate.gateway.upstream;

import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.util.unit.DataSize;

/** What of the request's body can be sent more than once. */
enum RequestBody {
    NONE,
    REPLAYABLE,
    STREAM;

    static RequestBody of(ServerHttpRequest request, DataSize replayable) {
        var headers = request.getHeaders();
        if (headers.getFirst("transfer-encoding") != null) {
            return STREAM;
        }
        long length = headers.getContentLength();
        if (length <= 0) {
            return NONE;
        }
        return length <= replayable.toBytes() ? REPLAYABLE : STREAM;
    }
}
