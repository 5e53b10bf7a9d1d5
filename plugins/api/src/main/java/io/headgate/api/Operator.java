package io.headgate.api;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** How a field is compared. */
public enum Operator {
    EQ(Arity.ONE),
    NEQ(Arity.ONE),
    GT(Arity.ONE),
    GTE(Arity.ONE),
    LT(Arity.ONE),
    LTE(Arity.ONE),
    IN(Arity.LIST),
    NIN(Arity.LIST),
    /** Both ends included. */
    BETWEEN(Arity.TWO),
    CONTAINS(Arity.ONE),
    STARTS_WITH(Arity.ONE),
    ENDS_WITH(Arity.ONE),
    IS_NULL(Arity.NONE),
    NOT_NULL(Arity.NONE);

    /** How many values stand beside an operator. */
    public enum Arity {
        NONE,
        ONE,
        TWO,
        /** One or more. */
        LIST
    }

    private final Arity arity;
    private final String word;

    Operator(Arity arity) {
        this.arity = arity;
        this.word = name().toLowerCase(Locale.ROOT);
    }

    public String word() {
        return word;
    }

    public Arity arity() {
        return arity;
    }

    public boolean takes(int values) {
        return switch (arity) {
            case NONE -> values == 0;
            case ONE -> values == 1;
            case TWO -> values == 2;
            case LIST -> values > 0;
        };
    }

    public static Optional<Operator> of(String word) {
        return Arrays.stream(values())
                .filter(operator -> operator.word.equals(word))
                .findFirst();
    }
}
