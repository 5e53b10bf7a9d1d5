package io.headgate.api;

import java.util.List;

/**
 * Which rows are asked for: understood, typed, and free of what the client wrote. Every filter is true or false of a
 * row and never unknown: a comparison with NULL is false, and what negates one is then true.
 */
public sealed interface Filter {

    Filter EVERYTHING = new All(List.of());

    /** Without members it is true of every row. */
    record All(List<Filter> members) implements Filter {
        public All {
            members = List.copyOf(members);
        }
    }

    /** Without members it is true of none. */
    record Any(List<Filter> members) implements Filter {
        public Any {
            members = List.copyOf(members);
        }
    }

    record Not(Filter negated) implements Filter {}

    /** @param values as many as the operator takes */
    record Condition(String field, Operator operator, List<Value> values) implements Filter {

        public Condition {
            values = List.copyOf(values);
            if (!operator.takes(values.size())) {
                throw new IllegalArgumentException(
                        operator.word() + ": " + values.size() + " values (expected: " + operator.arity() + ")");
            }
        }

        public Condition(String field, Operator operator, Value... values) {
            this(field, operator, List.of(values));
        }

        /** The only value of an operator that takes one. */
        public Value value() {
            return values.getFirst();
        }
    }
}
