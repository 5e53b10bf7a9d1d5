package io.headgate.api;

import java.net.URI;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * A set of addresses that a team may send requests to: {@code http://*.reports.internal}, {@code http://10.0.0.1:9101},
 * {@code http://127.0.0.1:*}. A star stands for one or more labels at the front of a host, or for any port.
 */
public record UpstreamPattern(String text, String scheme, String host, String port) {

    private static final Pattern FORM =
            Pattern.compile("(https?)://((?:\\*\\.)?[A-Za-z0-9.-]+|\\[[0-9A-Fa-f:.]+])(?::(\\d{1,5}|\\*))?");

    private static final int MAX_PORT = 65_535;

    public static UpstreamPattern parse(String text) {
        var match = FORM.matcher(text);
        if (!match.matches()) {
            throw new IllegalArgumentException("'" + text
                    + "' (expected: http:// or https://, a host or '*.' with a domain, and perhaps a port or ':*')");
        }
        String scheme = match.group(1);
        String port = match.group(3);
        if (port != null && !port.equals("*") && Integer.parseInt(port) > MAX_PORT) {
            throw new IllegalArgumentException("'" + text + "' (expected: a port up to " + MAX_PORT + ")");
        }
        return new UpstreamPattern(
                text, scheme, match.group(2).toLowerCase(Locale.ROOT), port == null ? defaultPort(scheme) : port);
    }

    public boolean allows(URI upstream) {
        String theirScheme = upstream.getScheme();
        String theirHost = upstream.getHost();
        if (theirHost == null || !scheme.equalsIgnoreCase(theirScheme)) {
            return false;
        }
        String theirPort = upstream.getPort() < 0 ? defaultPort(scheme) : Integer.toString(upstream.getPort());
        return hostFits(theirHost.toLowerCase(Locale.ROOT)) && (port.equals("*") || port.equals(theirPort));
    }

    private boolean hostFits(String theirs) {
        return host.startsWith("*.")
                ? theirs.length() > host.length() - 1 && theirs.endsWith(host.substring(1))
                : host.equals(theirs);
    }

    private static String defaultPort(String scheme) {
        return scheme.equals("https") ? "443" : "80";
    }
}
