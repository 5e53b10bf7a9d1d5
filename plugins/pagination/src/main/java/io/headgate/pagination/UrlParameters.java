package io.headgate.pagination;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The query of a URL, parameter by parameter; each stays as it was written. */
final class UrlParameters {

    private UrlParameters() {}

    /** @param raw as it stands in the URL */
    record Parameter(String name, String value, String raw) {

        static Parameter of(String name, String value) {
            return new Parameter(name, value, encoded(name) + "=" + encoded(value));
        }

        /** What a backend may read the name as: some do without case, some take {@code limit[]} for {@code limit}. */
        String looseName() {
            return loose(name);
        }

        private static String encoded(String text) {
            return URLEncoder.encode(text, StandardCharsets.UTF_8);
        }
    }

    static String loose(String name) {
        int bracket = name.indexOf('[');
        return (bracket < 0 ? name : name.substring(0, bracket)).strip().toLowerCase(Locale.ROOT);
    }

    /** @throws IllegalArgumentException where an escape is broken */
    static List<Parameter> read(@Nullable String rawQuery) {
        List<Parameter> parameters = new ArrayList<>();
        if (rawQuery != null) {
            for (String raw : rawQuery.split("&", -1)) {
                if (!raw.isEmpty()) {
                    int equals = raw.indexOf('=');
                    parameters.add(new Parameter(
                            decoded(equals < 0 ? raw : raw.substring(0, equals)),
                            equals < 0 ? "" : decoded(raw.substring(equals + 1)),
                            raw));
                }
            }
        }
        return parameters;
    }

    static String write(List<Parameter> parameters) {
        var query = new StringBuilder();
        for (Parameter parameter : parameters) {
            query.append(query.isEmpty() ? "" : "&").append(parameter.raw());
        }
        return query.toString();
    }

    private static String decoded(String raw) {
        return URLDecoder.decode(raw, StandardCharsets.UTF_8);
    }
}
