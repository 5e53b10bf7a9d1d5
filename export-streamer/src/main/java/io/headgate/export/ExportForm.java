package io.headgate.export;

import io.headgate.api.Problem;
import io.headgate.api.ProblemException;
import io.headgate.api.SpecProblem;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import org.springframework.util.MultiValueMap;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a client wrote, from a URL or from a body, in one form: values by their names, and filter and sort as the query of
 * a URL, since that is how the filter language reads them.
 */
record ExportForm(Map<String, String> values, String query, List<SpecProblem> problems) {

    static final Set<String> NAMES =
            Set.of("dataset", "format", "columns", "tz", "dialect", "delimiter", "null", "bom", "eol", "guard");

    private static final String FILTER = "filter";
    private static final String SORT = "sort";
    private static final int LONGEST_NAME = 64;

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    Optional<String> value(String name) {
        return Optional.ofNullable(values.get(name));
    }

    static ExportForm ofUrl(MultiValueMap<String, String> parameters, @Nullable String rawQuery) {
        var form = new ExportForm(new LinkedHashMap<>(), rawQuery == null ? "" : rawQuery, new ArrayList<>());
        parameters.forEach((name, values) -> {
            if (NAMES.contains(name)) {
                form.take(name, values);
            } else if (!isOfQuery(name)) {
                form.problem(name, "unknown parameter (expected: filter, sort or one of " + names() + ")");
            }
        });
        return form;
    }

    private void take(String name, List<String> given) {
        if (given.size() > 1) {
            problem(name, "is there " + given.size() + " times (expected: once)");
        }
        values.put(name, Optional.ofNullable(given.getFirst()).orElse(""));
    }

    /** The filter language knows these, or says itself what is wrong with them. */
    private static boolean isOfQuery(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return lower.equals(FILTER)
                || lower.equals(SORT)
                || lower.startsWith("filter[")
                || lower.startsWith("sort[")
                || lower.equals("$filter")
                || lower.equals("$orderby");
    }

    /** Refuses what is no JSON object as {@code malformed-request}. */
    static ExportForm ofBody(byte[] body) {
        JsonNode root;
        try {
            root = JSON.readTree(body);
        } catch (JacksonException e) {
            throw malformed("not readable as JSON (expected: an object, each of its names once)");
        }
        if (!root.isObject()) {
            throw malformed("not an object (expected: an object)");
        }
        var problems = new ArrayList<SpecProblem>();
        Map<String, String> values = new LinkedHashMap<>();
        List<String> query = new ArrayList<>();
        for (Map.Entry<String, JsonNode> member : root.properties()) {
            String name = member.getKey();
            if (name.equals(FILTER)) {
                query.add(parameter(name, text(member.getValue())));
            } else if (name.equals(SORT)) {
                query.add(parameter(name, sort(member.getValue(), problems)));
            } else if (NAMES.contains(name)) {
                values.put(name, value(name, member.getValue(), problems));
            } else {
                problems.add(new SpecProblem(
                        pointer(name), "unknown member (expected: filter, sort or one of " + names() + ")"));
            }
        }
        return new ExportForm(values, String.join("&", query), problems);
    }

    private static String parameter(String name, String text) {
        return name + "=" + URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private static String text(JsonNode node) {
        return node.isString() ? node.stringValue() : node.toString();
    }

    private static String value(String name, JsonNode node, List<SpecProblem> problems) {
        if (name.equals("columns") && node.isArray()) {
            return StreamSupport.stream(node.spliterator(), false)
                    .map(ExportForm::text)
                    .collect(Collectors.joining(","));
        }
        if (!node.isString() && !node.isBoolean()) {
            problems.add(new SpecProblem(
                    pointer(name), node.getNodeType().name().toLowerCase(Locale.ROOT) + " (expected: a string)"));
        }
        return node.isString() ? node.stringValue() : node.toString();
    }

    /** As text, or as the language's documents have it: a list of {@code {"field", "dir"}}. */
    private static String sort(JsonNode node, List<SpecProblem> problems) {
        if (!node.isArray()) {
            return text(node);
        }
        List<String> keys = new ArrayList<>();
        for (JsonNode key : node) {
            String dir = key.path("dir").stringValue("asc");
            boolean isKey = key.isObject() && key.path("field").isString() && (dir.equals("asc") || dir.equals("desc"));
            if (!key.isString() && !isKey) {
                problems.add(new SpecProblem(
                        "/sort/" + keys.size(),
                        "not readable (expected: a field's name, or an object with field and dir, asc or desc)"));
            }
            keys.add(
                    key.isString()
                            ? key.stringValue()
                            : (dir.equals("desc") ? "-" : "")
                                    + key.path("field").stringValue(""));
        }
        return String.join(",", keys);
    }

    private static String names() {
        return NAMES.stream().sorted().collect(Collectors.joining(", "));
    }

    void problem(String name, String detail) {
        problems.add(new SpecProblem(pointer(name), detail));
    }

    private static String pointer(String name) {
        String bounded = name.length() > LONGEST_NAME ? name.substring(0, LONGEST_NAME) : name;
        return "/" + bounded.replace("~", "~0").replace("/", "~1");
    }

    private static ProblemException malformed(String detail) {
        return new Problem.MalformedAt("", detail).asException();
    }
}
