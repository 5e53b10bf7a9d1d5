package io.headgate.gateway.upstream;

import io.headgate.api.RequestId;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import java.net.InetSocketAddress;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.server.ServerWebExchange;
import reactor.netty.http.server.HttpServerRequest;

/** Writes the head of the request that a backend gets: the client's headers once over, then the gateway's own. */
final class RequestHead {
    private static final String FORWARDED_FOR = "x-forwarded-for";
    private static final String FORWARDED_PROTO = "x-forwarded-proto";
    private static final String FORWARDED_HOST = "x-forwarded-host";
    private static final String FORWARDED_PORT = "x-forwarded-port";
    private static final String TE = "te";

    private RequestHead() {}

    static void write(ServerWebExchange exchange, UpstreamSpec spec, UpstreamAddress address, HttpHeaders target) {
        ServerHttpRequest request = exchange.getRequest();
        target.clear(); // the client's library has put its own user agent and accept there
        copy(request, spec.forwardAuthorization(), target);
        List<String> connection = request.getHeaders().get("connection");
        if (connection != null) {
            Heads.removeNamedByConnection(target, connection);
        }
        String host = request.getHeaders().getFirst("host");
        target.set(HttpHeaderNames.HOST, spec.preserveHost() && host != null ? host : address.authority());
        if (spec.protocol() == UpstreamSpec.Protocol.H2 && wantsTrailers(request)) {
            target.set(TE, HttpHeaderValues.TRAILERS);
        }
        writeForwarded(exchange, host, target);
        RequestId.KEY.find(exchange).ifPresent(id -> target.set(RequestId.HEADER, id.value()));
        OutboundHeaders.KEY.find(exchange).ifPresent(own -> own.forEach(target::set));
    }

    static String pathAndQuery(ServerHttpRequest request) {
        String path = request.getURI().getRawPath();
        String query = request.getURI().getRawQuery();
        String start = path == null || path.isEmpty() ? "/" : path;
        return query == null ? start : start + "?" + query;
    }

    private static void copy(ServerHttpRequest request, boolean credentials, HttpHeaders target) {
        HttpServerRequest untouched = NativeServer.untouched(request);
        if (untouched != null) {
            copyNative(untouched.requestHeaders(), credentials, target);
            return;
        }
        for (Map.Entry<String, List<String>> header : request.getHeaders().headerSet()) {
            String name = header.getKey();
            if (!Heads.isKeptFromBackend(name) && (credentials || !Heads.isCredential(name))) {
                target.add(name, header.getValue());
            }
        }
    }

    private static void copyNative(HttpHeaders source, boolean credentials, HttpHeaders target) {
        Iterator<Map.Entry<CharSequence, CharSequence>> headers = source.iteratorCharSequence();
        while (headers.hasNext()) {
            Map.Entry<CharSequence, CharSequence> header = headers.next();
            CharSequence name = header.getKey();
            if (!Heads.isKeptFromBackend(name) && (credentials || !Heads.isCredential(name))) {
                target.add(name, header.getValue());
            }
        }
    }

    private static boolean wantsTrailers(ServerHttpRequest request) {
        String te = request.getHeaders().getFirst(TE);
        return te != null && te.contains("trailers");
    }

    private static void writeForwarded(ServerWebExchange exchange, @Nullable String host, HttpHeaders target) {
        ClientAddress client = ClientAddress.KEY.find(exchange).orElse(null);
        if (client != null) {
            target.set(FORWARDED_FOR, client.forwardedFor());
            target.set(FORWARDED_PROTO, client.proto());
            target.set(FORWARDED_HOST, client.host());
            target.setInt(FORWARDED_PORT, client.port());
            return;
        }
        ServerHttpRequest request = exchange.getRequest();
        InetSocketAddress remote = request.getRemoteAddress();
        if (remote != null && remote.getAddress() != null) {
            target.set(FORWARDED_FOR, remote.getAddress().getHostAddress());
        }
        String scheme = request.getURI().getScheme();
        target.set(FORWARDED_PROTO, scheme == null ? "http" : scheme);
        if (host != null) {
            target.set(FORWARDED_HOST, host);
        }
        InetSocketAddress local = request.getLocalAddress();
        if (local != null) {
            target.setInt(FORWARDED_PORT, local.getPort());
        }
    }
}
