package io.headgate.gateway.edge;

import io.headgate.api.ClientIp;
import io.headgate.api.InternalHeaders;
import io.headgate.api.Problem;
import io.headgate.api.ProblemException;
import io.headgate.api.ProblemType;
import io.headgate.api.RequestId;
import io.headgate.gateway.edge.CanonicalPath.Reading;
import io.headgate.gateway.edge.Clients.Client;
import io.headgate.gateway.upstream.ClientAddress;
import io.netty.handler.codec.http.HttpHeaders;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpRequestDecorator;
import org.springframework.web.server.ServerWebExchange;
import reactor.netty.http.server.HttpServerRequest;

/**
 * What every request goes through before anything is decided about it. Afterwards its path has one reading, its headers
 * hold nothing that is ours, its client has an address, and its size has a bound.
 */
final class Hygiene {

    private final Clients clients;
    private final Networks trustedProxies;
    private final long maxBody;
    private final RequestIds ids;

    Hygiene(EdgeProperties properties, RequestIds ids) {
        this.clients = new Clients(properties.addressLimit());
        this.trustedProxies = Networks.parse(properties.trustedProxies());
        this.maxBody = properties.maxBodySize().toBytes();
        this.ids = ids;
    }

    /** Gives the request its id, which the answer carries whatever becomes of it. */
    String identify(ServerWebExchange exchange) {
        String sent = exchange.getRequest().getHeaders().getFirst(RequestId.HEADER);
        String value = sent != null && RequestId.isAcceptable(sent) ? sent : ids.next();
        RequestId.KEY.put(exchange, new RequestId(value));
        exchange.getResponse().getHeaders().set(RequestId.HEADER, value);
        return value;
    }

    /** Answers the exchange with a request that may be trusted in its form; refuses by exception. */
    ServerWebExchange clean(ServerWebExchange exchange, EdgeRecord record, long nanos) {
        ServerHttpRequest request = exchange.getRequest();
        HttpServerRequest wire = ServerHttpRequestDecorator.getNativeRequest(request);
        HttpHeaders headers = wire.requestHeaders();
        RequestGate.refusalOf(wire).ifPresent(problem -> {
            throw problem.asException();
        });
        strip(headers);
        admit(exchange, wire, headers, record, nanos);
        long length = contentLength(headers);
        if (length > maxBody) {
            throw Problem.of(
                            ProblemType.BODY_TOO_LARGE,
                            "The body has " + length + " bytes; at most " + maxBody + " are taken.")
                    .asException();
        }
        URI uri = request.getURI();
        String path = canonical(uri);
        ServerHttpRequest clean = path.equals(uri.getRawPath()) && uri.getRawFragment() == null
                ? request
                : new CleanRequest(request, path);
        if (length < 0 && mayHaveBody(wire, headers)) {
            clean = new CleanRequest.Limited(clean, maxBody);
        }
        return clean == request ? exchange : exchange.mutate().request(clean).build();
    }

    private static String canonical(URI uri) {
        if (uri.getRawFragment() != null) {
            throw ambiguous("it has a fragment");
        }
        return switch (CanonicalPath.read(uri.getRawPath())) {
            case Reading.Canonical(String path) -> path;
            case Reading.Refused(String reason) -> throw ambiguous(reason);
        };
    }

    private static ProblemException ambiguous(String reason) {
        return Problem.of(ProblemType.AMBIGUOUS_PATH, "The path is refused: " + reason + ".")
                .asException();
    }

    /** A request without a length may still have a body: chunked in HTTP/1.1, as frames in HTTP/2. */
    private static boolean mayHaveBody(HttpServerRequest wire, HttpHeaders headers) {
        return headers.contains("transfer-encoding") || wire.version().majorVersion() > 1;
    }

    private static long contentLength(HttpHeaders headers) {
        String length = headers.get("content-length");
        if (length == null) {
            return -1;
        }
        try {
            return Long.parseLong(length.trim());
        } catch (NumberFormatException e) {
            throw Problem.of(ProblemType.MALFORMED_REQUEST, "Content-Length is not a number.")
                    .asException();
        }
    }

    /** Takes away what only the gateway may say, however it is spelled: some backends read an underscore as a hyphen. */
    private static void strip(HttpHeaders headers) {
        List<CharSequence> ours = null;
        var all = headers.iteratorCharSequence();
        while (all.hasNext()) {
            CharSequence name = all.next().getKey();
            if (name.length() >= InternalHeaders.PREFIX.length() && isOurs(name)) {
                ours = ours == null ? new ArrayList<>() : ours;
                ours.add(name);
            }
        }
        if (ours != null) {
            ours.forEach(headers::remove);
        }
    }

    private static boolean isOurs(CharSequence name) {
        char first = name.charAt(0);
        if (first != 'h' && first != 'H') {
            return false;
        }
        String text = name.toString();
        return InternalHeaders.isInternal(text.replace('_', '-')) && !InternalHeaders.isForClients(text);
    }

    private void admit(
            ServerWebExchange exchange, HttpServerRequest wire, HttpHeaders headers, EdgeRecord record, long nanos) {
        InetSocketAddress remote = wire.remoteAddress();
        if (remote == null || remote.getAddress() == null) {
            throw new IllegalStateException("a connection without an address");
        }
        InetAddress peer = remote.getAddress();
        boolean isTrusted = trustedProxies.contain(peer);
        List<String> forwardedFor = isTrusted ? Forwarding.addresses(headers) : List.of();
        InetAddress address = Forwarding.client(peer, forwardedFor, trustedProxies);
        Client client = clients.of(address);
        record.from(client.address());

        long wait = clients.take(address, client, nanos);
        if (wait > 0) {
            throw Problem.tryLater(
                            ProblemType.TOO_MANY_REQUESTS,
                            "This address sends more requests than it may.",
                            Duration.ofNanos(wait))
                    .asException();
        }
        ClientIp.KEY.put(exchange, new ClientIp(client.address()));
        ClientAddress.KEY.put(exchange, clientAddress(wire, headers, client, peer, isTrusted, forwardedFor));
    }

    private ClientAddress clientAddress(
            HttpServerRequest wire,
            HttpHeaders headers,
            Client client,
            InetAddress peer,
            boolean isTrusted,
            List<String> forwardedFor) {
        String scheme = wire.scheme();
        String host = headers.get("host", "");
        InetSocketAddress local = wire.hostAddress();
        int port = local == null ? 0 : local.getPort();
        if (!isTrusted) {
            return new ClientAddress(client.address(), client.address(), scheme, host, port);
        }
        String chain = forwardedFor.isEmpty()
                ? client.address()
                : String.join(", ", forwardedFor) + ", " + clients.of(peer).address();
        return new ClientAddress(
                client.address(),
                chain,
                Forwarding.proto(headers, scheme),
                Forwarding.first(headers, "x-forwarded-host", host),
                port);
    }

    /** The host that routes are matched by: in lower case, without its port. */
    static String hostOf(ServerHttpRequest request) {
        String host = request.getHeaders().getFirst(org.springframework.http.HttpHeaders.HOST);
        if (host == null) {
            return "";
        }
        int colon = host.lastIndexOf(':');
        String name = colon > host.lastIndexOf(']') ? host.substring(0, colon) : host;
        return isLowerCase(name) ? name : name.toLowerCase(Locale.ROOT);
    }

    private static boolean isLowerCase(String name) {
        for (int i = 0; i < name.length(); i++) {
            if (name.charAt(i) >= 'A' && name.charAt(i) <= 'Z') {
                return false;
            }
        }
        return true;
    }

    /** What the proxies in front say, read only where they are trusted. */
    private static final class Forwarding {

        private static final int MAX_HOPS = 32;

        private Forwarding() {}

        /** The client first, then each proxy; as X-Forwarded-For says, or Forwarded where that alone is there. */
        static List<String> addresses(HttpHeaders headers) {
            List<String> addresses = new ArrayList<>();
            for (String line : headers.getAll("x-forwarded-for")) {
                for (String address : line.split(",", MAX_HOPS)) {
                    addresses.add(bare(address.trim()));
                }
            }
            if (addresses.isEmpty()) {
                for (String line : headers.getAll("forwarded")) {
                    for (String hop : line.split(",", MAX_HOPS)) {
                        String address = parameter(hop, "for");
                        if (address != null) {
                            addresses.add(bare(address));
                        }
                    }
                }
            }
            return addresses;
        }

        /** From the nearest proxy outwards, the first that is not trusted: what stands before it, anyone may have written. */
        static InetAddress client(InetAddress peer, List<String> forwardedFor, Networks trusted) {
            InetAddress client = peer;
            for (String hop : forwardedFor.reversed()) {
                InetAddress address = literal(hop);
                if (address == null) {
                    return client;
                }
                client = address;
                if (!trusted.contain(address)) {
                    return client;
                }
            }
            return client;
        }

        static String proto(HttpHeaders headers, String otherwise) {
            String proto = first(headers, "x-forwarded-proto", "");
            if (proto.isEmpty()) {
                String forwarded = headers.get("forwarded");
                String parameter =
                        forwarded == null ? null : parameter(forwarded.split(",", 2)[0], "proto");
                proto = parameter == null ? "" : parameter;
            }
            return proto.equalsIgnoreCase("https") ? "https" : proto.equalsIgnoreCase("http") ? "http" : otherwise;
        }

        static String first(HttpHeaders headers, String name, String otherwise) {
            String value = headers.get(name);
            if (value == null) {
                return otherwise;
            }
            int comma = value.indexOf(',');
            return (comma < 0 ? value : value.substring(0, comma)).trim();
        }

        private static @Nullable String parameter(String hop, String name) {
            for (String pair : hop.split(";", 8)) {
                int equals = pair.indexOf('=');
                if (equals > 0 && pair.substring(0, equals).trim().equalsIgnoreCase(name)) {
                    return pair.substring(equals + 1).trim().replace("\"", "");
                }
            }
            return null;
        }

        /** Without the port that some proxies add, and without the brackets. */
        private static String bare(String address) {
            if (address.startsWith("[")) {
                int end = address.indexOf(']');
                return end < 0 ? address : address.substring(1, end);
            }
            int colon = address.indexOf(':');
            return colon >= 0 && colon == address.lastIndexOf(':') ? address.substring(0, colon) : address;
        }

        private static @Nullable InetAddress literal(String text) {
            try {
                return InetAddress.ofLiteral(text);
            } catch (IllegalArgumentException e) {
                return null;
            }
        }
    }
}
