package io.headgate.export;

import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** Reads where a tenant wants to be told. What a name leads to is checked again at each call. */
final class NotifyUrl {

    private static final int MAX_LENGTH = 2_048;
    private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "[::1]");

    private final PublicAddresses addresses;
    private final boolean allowLoopback;

    NotifyUrl(PublicAddresses addresses, boolean allowLoopback) {
        this.addresses = addresses;
        this.allowLoopback = allowLoopback;
    }

    /** What is wrong with it; empty where nothing is. */
    Optional<String> problem(String text) {
        if (text.length() > MAX_LENGTH) {
            return Optional.of(text.length() + " characters (expected: at most " + MAX_LENGTH + ")");
        }
        URI uri;
        try {
            uri = new URI(text);
        } catch (URISyntaxException e) {
            return Optional.of("not a URL (expected: https://host/path)");
        }
        return isShaped(uri) && isPublic(uri.getHost())
                ? Optional.empty()
                : Optional.of("not a URL that is called from here (expected: https://, a public host, no user, no"
                        + " fragment)");
    }

    private boolean isShaped(URI uri) {
        String host = uri.getHost();
        if (host == null || uri.getRawUserInfo() != null || uri.getRawFragment() != null || uri.getPort() == 0) {
            return false;
        }
        return switch (String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT)) {
            case "https" -> true;
            case "http" -> allowLoopback && LOOPBACK.contains(host.toLowerCase(Locale.ROOT));
            default -> false;
        };
    }

    private boolean isPublic(String host) {
        String bare = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
        try {
            return addresses.mayCall(InetAddress.ofLiteral(bare));
        } catch (IllegalArgumentException e) {
            return true; // a name
        }
    }
}
