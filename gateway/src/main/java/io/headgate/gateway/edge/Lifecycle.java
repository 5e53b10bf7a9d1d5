package io.headgate.gateway.edge;

import io.headgate.api.SpecReader;
import java.net.URI;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.springframework.http.HttpHeaders;

/** What clients are told about the end of a route, in the headers of RFC 9745 and RFC 8594. */
record Lifecycle(Optional<Instant> deprecated, Optional<Instant> sunset, Optional<String> successor) {

    static final Lifecycle ENDLESS = new Lifecycle(Optional.empty(), Optional.empty(), Optional.empty());

    private static final DateTimeFormatter HTTP_DATE = DateTimeFormatter.ofPattern(
                    "EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.US)
            .withZone(ZoneOffset.UTC);

    Lifecycle {
        if (deprecated.isPresent() && sunset.isPresent() && sunset.get().isBefore(deprecated.get())) {
            throw new IllegalArgumentException(
                    "sunset: " + sunset.get() + " (expected: not before deprecated, " + deprecated.get() + ")");
        }
    }

    static Lifecycle read(SpecReader spec) {
        Optional<Instant> deprecated = spec.optionalParsed("deprecated", Lifecycle::date);
        Optional<Instant> sunset = spec.optionalParsed("sunset", Lifecycle::date);
        Optional<String> successor = spec.optionalParsed("successor", Lifecycle::link);
        return spec.build(() -> new Lifecycle(deprecated, sunset, successor));
    }

    boolean isEmpty() {
        return deprecated.isEmpty() && sunset.isEmpty() && successor.isEmpty();
    }

    /** The headers of every answer, refusals included. */
    Map<String, String> headers() {
        Map<String, String> headers = new LinkedHashMap<>();
        deprecated.ifPresent(date -> headers.put("Deprecation", "@" + date.getEpochSecond()));
        sunset.ifPresent(date -> headers.put("Sunset", HTTP_DATE.format(date)));
        successor.ifPresent(link -> headers.put(HttpHeaders.LINK, "<" + link + ">; rel=\"successor-version\""));
        return headers;
    }

    private static Instant date(String text) {
        try {
            return text.indexOf('T') < 0
                    ? LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant()
                    : Instant.parse(text);
        } catch (DateTimeParseException e) {
            throw new IllegalArgumentException(
                    "'" + text + "' (expected: a date or a time in UTC, as in 2026-12-01 or 2026-12-01T09:00:00Z)", e);
        }
    }

    private static String link(String text) {
        URI link = URI.create(text);
        boolean isPlace = text.startsWith("/") || "https".equals(link.getScheme()) || "http".equals(link.getScheme());
        if (!isPlace) {
            throw new IllegalArgumentException("'" + text + "' (expected: a path or an address)");
        }
        return text;
    }
}
