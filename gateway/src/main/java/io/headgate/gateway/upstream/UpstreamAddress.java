package io.headgate.gateway.upstream;

import java.net.InetSocketAddress;
import java.net.URI;
import java.util.Locale;
import java.util.regex.Pattern;

/** Where requests are sent: a scheme, a host and a port. A path of its own it has not; the route's filters change paths. */
public record UpstreamAddress(Scheme scheme, String host, int port) {

    enum Scheme {
        HTTP(80),
        HTTPS(443);

        private final int defaultPort;

        Scheme(int defaultPort) {
            this.defaultPort = defaultPort;
        }

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private static final Pattern FORM = Pattern.compile(
            "(https?)://([A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|\\[[0-9A-Fa-f:.]{2,45}])(?::(\\d{1,5}))?");

    public UpstreamAddress {
        if (port < 1 || port > 65_535) {
            throw new IllegalArgumentException("port: " + port + " (expected: 1..65535)");
        }
    }

    static UpstreamAddress parse(String url) {
        var match = FORM.matcher(url);
        if (!match.matches()) {
            throw new IllegalArgumentException("'" + url
                    + "' (expected: http:// or https://, a host and perhaps a port; no user, path, query or fragment)");
        }
        Scheme scheme = Scheme.valueOf(match.group(1).toUpperCase(Locale.ROOT));
        String port = match.group(3);
        return new UpstreamAddress(
                scheme,
                match.group(2).toLowerCase(Locale.ROOT),
                port == null ? scheme.defaultPort : Integer.parseInt(port));
    }

    public URI uri() {
        return URI.create(toString());
    }

    /** As the Host header and the metrics name it: without the port where it is the scheme's own. */
    String authority() {
        return port == scheme.defaultPort ? host : host + ":" + port;
    }

    boolean isSecure() {
        return scheme == Scheme.HTTPS;
    }

    /** Not resolved, so that each connection resolves it anew and the guard sees the outcome. */
    InetSocketAddress socketAddress() {
        return InetSocketAddress.createUnresolved(
                host.startsWith("[") ? host.substring(1, host.length() - 1) : host, port);
    }

    @Override
    public String toString() {
        return scheme.word() + "://" + authority();
    }
}
