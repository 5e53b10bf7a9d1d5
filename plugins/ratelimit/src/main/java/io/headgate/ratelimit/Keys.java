package io.headgate.ratelimit;

import io.headgate.api.Caller;
import io.headgate.api.ClientIp;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.web.server.ServerWebExchange;

/** Finds the bucket of a limit that a request draws on. */
final class Keys {

    private static final String SEPARATOR = "/";

    private final Allowances allowances;

    Keys(Allowances allowances) {
        this.allowances = allowances;
    }

    /** Nothing where the limit goes by a caller and there is none: a public route has nobody to count. */
    @Nullable
    Allowance allowance(RateLimit limit, String route, ServerWebExchange exchange) {
        Optional<Caller> caller = Caller.KEY.find(exchange);
        List<KeyPart> parts = limit.spec().key();
        if (caller.isEmpty() && isOfOneTenant(parts)) {
            return null;
        }
        String first = text(parts.getFirst(), parts, caller, route, exchange);
        String key = rest(first, parts, caller, route, exchange);
        Optional<String> plan = caller.flatMap(Caller::plan);
        var id = new Allowance.Id(
                limit.id(), first, key, plan.orElse(""), limit.spec().quotaFor(first, plan));
        return allowances.of(id, limit, tag(limit, caller, key));
    }

    /** A tenant's buckets live together, so that one script can look at them; all others each by itself. */
    private static String tag(RateLimit limit, Optional<Caller> caller, String key) {
        return isOfOneTenant(limit.spec().key()) && caller.isPresent()
                ? KeyText.of(caller.get().tenant())
                : limit.id() + ":" + key;
    }

    static boolean isOfOneTenant(List<KeyPart> parts) {
        for (KeyPart part : parts) {
            if (part instanceof KeyPart.Known known && known.isOfOneTenant()) {
                return true;
            }
        }
        return false;
    }

    private static String rest(
            String first, List<KeyPart> parts, Optional<Caller> caller, String route, ServerWebExchange exchange) {
        String key = first;
        for (int i = 1; i < parts.size(); i++) {
            key = key + SEPARATOR + text(parts.get(i), parts, caller, route, exchange);
        }
        return key;
    }

    /** Who a request is of, by these parts; the address where they go by a caller and there is none. */
    static String text(List<KeyPart> parts, String route, ServerWebExchange exchange) {
        Optional<Caller> caller = Caller.KEY.find(exchange);
        return caller.isEmpty() && isOfOneTenant(parts)
                ? address(exchange)
                : rest(text(parts.getFirst(), parts, caller, route, exchange), parts, caller, route, exchange);
    }

    private static String text(
            KeyPart part, List<KeyPart> parts, Optional<Caller> caller, String route, ServerWebExchange exchange) {
        return switch (part) {
            case KeyPart.Known.TENANT -> KeyText.of(caller.orElseThrow().tenant());
            case KeyPart.Known.USER -> user(caller.orElseThrow(), parts.contains(KeyPart.Known.TENANT));
            case KeyPart.Known.API_KEY -> KeyText.of(caller.orElseThrow().credentialId());
            case KeyPart.Known.ROUTE -> route;
            case KeyPart.Known.IP -> KeyText.of(address(exchange));
            case KeyPart.Header(String name) -> {
                String value = exchange.getRequest().getHeaders().getFirst(name);
                yield value == null ? "" : KeyText.hash(value);
            }
        };
    }

    /** Subjects are unique within their tenant alone. */
    private static String user(Caller caller, boolean isTenantNamed) {
        String subject = KeyText.of(caller.subject());
        return isTenantNamed ? subject : KeyText.of(caller.tenant()) + SEPARATOR + subject;
    }

    static String address(ServerWebExchange exchange) {
        Optional<ClientIp> known = ClientIp.KEY.find(exchange);
        if (known.isPresent()) {
            return network(known.get().value());
        }
        InetSocketAddress remote = exchange.getRequest().getRemoteAddress();
        return remote == null || remote.getAddress() == null
                ? ""
                : network(remote.getAddress().getHostAddress());
    }

    /** An IPv6 client is its /64, since every host has that many addresses to change between. */
    private static String network(String address) {
        if (address.indexOf(':') < 0) {
            return address;
        }
        try {
            byte[] bytes = InetAddress.ofLiteral(address).getAddress();
            Arrays.fill(bytes, bytes.length / 2, bytes.length, (byte) 0);
            return InetAddress.getByAddress(bytes).getHostAddress();
        } catch (IllegalArgumentException | UnknownHostException e) {
            return address;
        }
    }
}
