package io.headgate.filter;

import io.headgate.api.Filter;
import io.headgate.api.Value;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Writes the language as parameters in brackets. */
final class BracketText {

    private final List<Parameter> parameters = new ArrayList<>();

    private BracketText() {}

    static List<Parameter> of(Filter filter) {
        var text = new BracketText();
        if (filter instanceof Filter.All(List<Filter> members) && isFlat(members)) {
            members.forEach(member -> text.write("filter", member));
        } else {
            text.write("filter", filter);
        }
        return text.parameters;
    }

    /** Whether each member has a name of its own, so that no two of them are one parameter. */
    private static boolean isFlat(List<Filter> members) {
        Set<String> names = new HashSet<>();
        return members.stream()
                .allMatch(member -> member instanceof Filter.Condition condition
                        && names.add(condition.field() + "/" + condition.operator()));
    }

    private void write(String prefix, Filter filter) {
        switch (filter) {
            case Filter.All(List<Filter> members) -> group(prefix + "[and]", members);
            case Filter.Any(List<Filter> members) -> group(prefix + "[or]", members);
            case Filter.Not(Filter negated) -> write(prefix + "[not]", negated);
            case Filter.Condition condition ->
                parameters.add(new Parameter(
                        prefix + "[" + condition.field() + "]["
                                + condition.operator().word() + "]",
                        value(condition)));
        }
    }

    private void group(String prefix, List<Filter> members) {
        for (int i = 0; i < members.size(); i++) {
            write(prefix + "[" + i + "]", members.get(i));
        }
    }

    private static String value(Filter.Condition condition) {
        return switch (condition.operator().arity()) {
            case NONE -> "true";
            case ONE -> condition.value().text();
            case TWO, LIST ->
                String.join(
                        ",",
                        condition.values().stream()
                                .map(Value::text)
                                .map(text -> text.replace("\\", "\\\\").replace(",", "\\,"))
                                .toList());
        };
    }
}
