package io.headgate.api;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * Which part of the rows a client asks for in the body of a query, in any of the ways that are spoken. What is asked
 * for in the URL stands there until the step {@code PAGE} reads it.
 */
public record PageRequest(OptionalLong limit, Optional<String> cursor, OptionalLong offset, OptionalLong page) {

    public static final PageRequest NONE =
            new PageRequest(OptionalLong.empty(), Optional.empty(), OptionalLong.empty(), OptionalLong.empty());
}
