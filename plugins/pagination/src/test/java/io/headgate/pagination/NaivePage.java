package io.headgate.pagination;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What is to be found in a page, read one character after another: strict on the way to the items and to the total, and
 * with an eye for nothing but strings and brackets in every container beside it. What it refuses, it refuses by an
 * {@link IllegalArgumentException} or one of Jackson's.
 */
final class NaivePage {

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private final String text;
    private final List<String> itemsPath;
    private final List<String> totalPath;
    private int at;
    private Optional<String> items = Optional.empty();
    private Optional<String> total = Optional.empty();
    private boolean hasTotal;
    private int count;

    private NaivePage(String text, List<String> itemsPath, List<String> totalPath) {
        this.text = text;
        this.itemsPath = itemsPath;
        this.totalPath = totalPath;
    }

    record Found(String items, int count, Optional<String> total) {}

    static Found read(String text, List<String> itemsPath, List<String> totalPath) {
        var page = new NaivePage(text, itemsPath, totalPath);
        page.space();
        page.value(Optional.of(List.of()));
        page.space();
        require(page.at == text.length() && page.items.isPresent());
        return new Found(page.items.orElseThrow(), page.count, page.total);
    }

    private void value(Optional<List<String>> path) {
        boolean isTotal = path.filter(totalPath::equals).isPresent();
        require(!isTotal || !hasTotal);
        hasTotal |= isTotal;
        if (path.filter(itemsPath::equals).isPresent()) {
            require(items.isEmpty());
            items();
        } else if (next() == '{' && path.filter(this::leadsOn).isPresent()) {
            object(path.orElseThrow());
        } else if (next() == '{' || next() == '[') {
            container();
        } else {
            JsonNode scalar = scalar();
            if (isTotal && (scalar.isString() || scalar.isNumber())) {
                total = Optional.of(scalar.asString());
            }
        }
    }

    private boolean leadsOn(List<String> path) {
        return List.of(itemsPath, totalPath).stream()
                .anyMatch(target -> target.size() > path.size()
                        && target.subList(0, path.size()).equals(path));
    }

    private void items() {
        if (next() != '[') {
            require(scalar().isNull());
            items = Optional.of("[]");
            return;
        }
        int from = at++;
        items = Optional.of("");
        space();
        while (next() != ']') {
            require(count == 0 || text.charAt(at++) == ',');
            space();
            count++;
            value(Optional.empty());
            space();
        }
        items = Optional.of(text.substring(from, ++at));
    }

    private void object(List<String> path) {
        at++;
        space();
        for (boolean first = true; next() != '}'; first = false) {
            require(first || text.charAt(at++) == ',');
            space();
            require(next() == '"');
            var member = new ArrayList<>(path);
            member.add(scalar().stringValue());
            space();
            require(next() == ':');
            at++;
            space();
            value(Optional.of(member));
            space();
        }
        at++;
    }

    private void container() {
        int end = endOfContainer(text, at);
        require(end > 0);
        at = end;
    }

    /** @return behind the bracket that closes the one at a place, or -1 where none does */
    static int endOfContainer(String text, int begin) {
        var closing = new StringBuilder();
        boolean inString = false;
        for (int i = begin; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\\') {
                require(inString);
                i++;
            } else if (c == '"') {
                inString = !inString;
            } else if (!inString && (c == '{' || c == '[')) {
                closing.append(c == '{' ? '}' : ']');
            } else if (!inString && (c == '}' || c == ']' || c == '|')) {
                int last = closing.length() - 1;
                require(closing.charAt(last) == c);
                closing.setLength(last);
                if (last == 0) {
                    return i + 1;
                }
            }
        }
        return -1;
    }

    private JsonNode scalar() {
        int from = at;
        if (next() == '"') {
            for (at++; next() != '"'; at++) {
                at += next() == '\\' ? 1 : 0;
            }
            at++;
        } else {
            while (at < text.length() && ",:]}{[\" \t\r\n".indexOf(text.charAt(at)) < 0) {
                at++;
            }
        }
        require(at > from);
        return JSON.readTree(text.substring(from, at));
    }

    private void space() {
        while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }

    private char next() {
        require(at < text.length());
        return text.charAt(at);
    }

    private static void require(boolean holds) {
        if (!holds) {
            throw new IllegalArgumentException("not a page");
        }
    }
}
