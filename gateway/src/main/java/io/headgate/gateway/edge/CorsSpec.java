package io.headgate.gateway.edge;

import io.headgate.api.SpecReader;
import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Which pages of other origins may use a route.
 *
 * @param origins as browsers send them, {@code https://*.example.com} for every host below, or {@code *} for all
 * @param headers that a page may send, in lower case; empty for any
 * @param exposedHeaders that a page may read besides the ones it always may
 * @param maxAge for which a browser need not ask again
 */
record CorsSpec(
        Set<String> origins, Set<String> headers, Set<String> exposedHeaders, boolean credentials, Duration maxAge) {

    static final String ANY = "*";
    private static final int MAX_ORIGINS = 100;

    CorsSpec {
        origins = Set.copyOf(origins);
        headers = Set.copyOf(headers);
        exposedHeaders = Set.copyOf(exposedHeaders);
        if (origins.isEmpty() || origins.size() > MAX_ORIGINS) {
            throw new IllegalArgumentException("origins: " + origins.size() + " (expected: 1.." + MAX_ORIGINS + ")");
        }
        if (credentials && origins.contains(ANY)) {
            throw new IllegalArgumentException(
                    "credentials: true (expected: false where origins has '*': any page could use a visitor's login)");
        }
    }

    static CorsSpec read(SpecReader spec) {
        List<String> origins = spec.parsedList("origins", CorsSpec::origin);
        List<String> headers = spec.parsedList("headers", CorsSpec::header);
        List<String> exposed = spec.parsedList("exposedHeaders", CorsSpec::header);
        boolean credentials = spec.flag("credentials", false);
        Duration maxAge = spec.duration("maxAge", Duration.ofMinutes(10), Duration.ofDays(1));
        return spec.build(() -> new CorsSpec(
                new LinkedHashSet<>(origins),
                new LinkedHashSet<>(headers),
                new LinkedHashSet<>(exposed),
                credentials,
                maxAge));
    }

    private static String origin(String text) {
        if (text.equals(ANY)) {
            return text;
        }
        String concrete = text.replaceFirst("://\\*\\.", "://any.");
        URI uri = URI.create(concrete);
        boolean isOrigin = uri.getHost() != null
                && ("https".equals(uri.getScheme()) || "http".equals(uri.getScheme()))
                && concrete.equals(uri.getScheme() + "://" + uri.getRawAuthority())
                && uri.getRawUserInfo() == null;
        if (!isOrigin) {
            throw new IllegalArgumentException("'" + text
                    + "' (expected: '*', or a scheme and a host as browsers send them: https://app.example.com)");
        }
        return text.toLowerCase(Locale.ROOT);
    }

    private static String header(String text) {
        if (!text.matches("[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}")) {
            throw new IllegalArgumentException("'" + text + "' (expected: a header's name)");
        }
        return text.toLowerCase(Locale.ROOT);
    }
}
