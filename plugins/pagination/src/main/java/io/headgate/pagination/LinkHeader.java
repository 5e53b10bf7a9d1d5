package io.headgate.pagination;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The links of an answer, as RFC 8288 writes them. */
final class LinkHeader {

    private LinkHeader() {}

    /**
     * One link.
     *
     * @param relations in lower case
     * @param text the link as it stood
     */
    record Link(String target, List<String> relations, String text) {
        boolean isAbout(String relation) {
            return relations.contains(relation);
        }

        boolean isOfPages() {
            return relations.stream().anyMatch(List.of("next", "prev", "previous", "first", "last")::contains);
        }
    }

    /** What cannot be read as a link is left out. */
    static List<Link> read(List<String> values) {
        List<Link> links = new ArrayList<>();
        for (String value : values) {
            for (String link : split(value, ',')) {
                int end = link.indexOf('>');
                if (link.startsWith("<") && end > 0) {
                    links.add(new Link(link.substring(1, end), relations(link.substring(end + 1)), link));
                }
            }
        }
        return links;
    }

    private static List<String> relations(String parameters) {
        for (String parameter : split(parameters, ';')) {
            int equals = parameter.indexOf('=');
            if (equals > 0 && parameter.substring(0, equals).strip().equalsIgnoreCase("rel")) {
                String value = parameter.substring(equals + 1).strip();
                boolean quoted = value.length() >= 2 && value.startsWith("\"") && value.endsWith("\"");
                String words = quoted ? value.substring(1, value.length() - 1) : value;
                return List.of(words.strip().toLowerCase(Locale.ROOT).split("\\s+", -1));
            }
        }
        return List.of();
    }

    /** At each separator that stands neither in angle brackets nor in quotes. */
    private static List<String> split(String text, char separator) {
        List<String> parts = new ArrayList<>();
        boolean inTarget = false;
        boolean inQuotes = false;
        int from = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (inQuotes) {
                i += c == '\\' ? 1 : 0;
                inQuotes = c != '"';
            } else if (inTarget) {
                inTarget = c != '>';
            } else if (c == separator) {
                parts.add(text.substring(from, i).strip());
                from = i + 1;
            } else {
                inTarget = c == '<';
                inQuotes = c == '"';
            }
        }
        parts.add(text.substring(from).strip());
        return parts;
    }
}
