package io.headgate.authz;

import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How a resource's id is made of the path: text with the path's variables in braces, as in {@code {year}-{id}}. */
record IdTemplate(String text, Set<String> variables) {

    private static final Pattern FORM = Pattern.compile("(?:[A-Za-z0-9._~:@-]|\\{[A-Za-z][A-Za-z0-9_]*})+");
    private static final Pattern VARIABLE = Pattern.compile("\\{([^}]*)}");

    IdTemplate {
        variables = Set.copyOf(variables);
    }

    static IdTemplate parse(String text) {
        if (!FORM.matcher(text).matches()) {
            throw new IllegalArgumentException("'" + text + "' (expected: a template such as {id})");
        }
        Set<String> variables = new LinkedHashSet<>();
        VARIABLE.matcher(text).results().forEach(match -> variables.add(match.group(1)));
        return new IdTemplate(text, variables);
    }

    String fill(Map<String, String> values) {
        if (variables.size() == 1 && text.charAt(0) == '{' && text.indexOf('}') == text.length() - 1) {
            return values.getOrDefault(text.substring(1, text.length() - 1), "");
        }
        return VARIABLE.matcher(text)
                .replaceAll(match -> Matcher.quoteReplacement(values.getOrDefault(match.group(1), "")));
    }
}
