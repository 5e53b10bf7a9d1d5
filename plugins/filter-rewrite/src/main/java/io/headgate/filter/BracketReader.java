package io.headgate.filter;

import io.headgate.api.Operator;
import io.headgate.filter.Draft.Raw;
import io.headgate.filter.Draft.Raw.Form;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads {@code filter[status][in]=a,b}, and groups as {@code filter[or][0][status][eq]=a}. */
final class BracketReader {

    static final String PREFIX = "filter[";

    private final Budgets budgets;
    private final Budget budget;
    private final Refusals refusals;
    private final Node root = new Node("");

    private BracketReader(Budgets budgets, Budget budget, Refusals refusals) {
        this.budgets = budgets;
        this.budget = budget;
        this.refusals = refusals;
    }

    /** What stands under one more bracket; the parameters of one query make a tree of these. */
    private static final class Node {
        private final Map<String, Node> children = new LinkedHashMap<>();
        private final String at;
        private Optional<String> value = Optional.empty();

        Node(String at) {
            this.at = at;
        }
    }

    static Draft read(List<Parameter> parameters, Budgets budgets, Budget budget, Refusals refusals) {
        var reader = new BracketReader(budgets, budget, refusals);
        parameters.forEach(reader::place);
        return new Draft.Group(true, reader.members(reader.root, 1));
    }

    private void place(Parameter parameter) {
        String at = "/" + Pointers.escaped(parameter.name());
        Node node = root;
        int segments = 0;
        for (int open = PREFIX.length() - 1; open < parameter.name().length(); ) {
            int close = parameter.name().indexOf(']', open);
            if (parameter.name().charAt(open) != '[' || close < 0) {
                throw refusals.fatal(at, "brackets that do not pair (expected: filter[field][op])");
            }
            budget.depth(segments++ / 2, at);
            String name = parameter.name().substring(open + 1, close);
            node = node.children.computeIfAbsent(name, missing -> new Node(at));
            open = close + 1;
        }
        if (node.value.isPresent()) {
            refusals.add(at, "is there twice (expected: once; filter[and][0] and filter[and][1] say two of a kind)");
        }
        node.value = Optional.of(parameter.value());
    }

    private List<Draft> members(Node node, int depth) {
        List<Draft> members = new ArrayList<>();
        node.children.forEach((name, child) -> {
            switch (name) {
                case "and", "or" -> members.add(group(name.equals("and"), child, depth));
                case "not" -> {
                    begin(child, depth);
                    members.add(new Draft.Not(member(child, depth + 1)));
                }
                default -> field(name, child, members);
            }
        });
        if (node.value.isPresent() || members.isEmpty()) {
            refusals.add(node.at, "no condition (expected: filter[field][op])");
        }
        return members;
    }

    private Draft group(boolean isAll, Node node, int depth) {
        begin(node, depth);
        List<Draft> members = new ArrayList<>();
        node.children.forEach((name, child) -> {
            if (!isIndex(name)) {
                refusals.add(child.at, Excerpt.of(name) + " (expected: 0, 1, 2 ... for each member of a group)");
            }
            members.add(member(child, depth + 1));
        });
        if (node.value.isPresent() || members.isEmpty()) {
            refusals.add(node.at, "no condition (expected: filter[or][0][field][op])");
        }
        return new Draft.Group(isAll, members);
    }

    /** Several conditions in one place must all be true. */
    private Draft member(Node node, int depth) {
        if (node.children.size() > 1) {
            begin(node, depth);
            return new Draft.Group(true, members(node, depth + 1));
        }
        List<Draft> members = members(node, depth);
        return members.size() == 1 ? members.getFirst() : new Draft.Group(true, members);
    }

    private void field(String name, Node node, List<Draft> members) {
        node.value.ifPresent(value -> members.add(test(name, Operator.EQ.word(), value, node)));
        node.children.forEach((operator, child) -> {
            if (child.value.isEmpty() || !child.children.isEmpty()) {
                refusals.add(child.at, "more brackets than a condition has (expected: filter[field][op])");
            }
            child.value.ifPresent(value -> members.add(test(name, operator, value, child)));
        });
    }

    private Draft test(String field, String operator, String value, Node node) {
        budget.node(node.at);
        Operator.Arity arity = Operator.of(operator).map(Operator::arity).orElse(Operator.Arity.ONE);
        boolean isList = arity == Operator.Arity.LIST || arity == Operator.Arity.TWO;
        List<Raw> values = switch (arity) {
            case NONE -> nothing(value, node);
            case ONE -> List.of(new Raw(Form.WORD, value, node.at));
            case TWO, LIST -> list(value, node);
        };
        return new Draft.Test(field, operator, values, isList, Draft.Place.of(node.at));
    }

    private List<Raw> nothing(String value, Node node) {
        if (!value.isEmpty() && !value.equals("true")) {
            refusals.add(node.at, Excerpt.of(value) + " (expected: true)");
        }
        return List.of();
    }

    /** Values stand between commas; a comma or a backslash of a value stands behind a backslash. */
    private List<Raw> list(String text, Node node) {
        List<Raw> values = new ArrayList<>();
        var value = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\\' && i + 1 < text.length()) {
                value.append(text.charAt(++i));
            } else if (c == ',') {
                values.add(new Raw(Form.WORD, value.toString(), node.at));
                budget.list(values.size() + 1, node.at);
                value.setLength(0);
            } else {
                value.append(c);
            }
        }
        values.add(new Raw(Form.WORD, value.toString(), node.at));
        return values;
    }

    private void begin(Node node, int depth) {
        budget.node(node.at);
        budget.depth(depth, node.at);
    }

    private boolean isIndex(String name) {
        return !name.isEmpty()
                && name.length() <= Integer.toString(budgets.nodes()).length() + 1
                && name.chars().allMatch(c -> c >= '0' && c <= '9');
    }
}
