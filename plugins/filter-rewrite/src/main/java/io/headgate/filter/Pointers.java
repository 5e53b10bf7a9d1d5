package io.headgate.filter;

import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;

/** JSON Pointers to what a client wrote. */
final class Pointers {

    /** Names that stand in pointers because the languages have them, and never because a client wrote them. */
    private static final Set<String> OURS = Set.of(
            "filter",
            "filters",
            "sort",
            "page",
            "and",
            "or",
            "not",
            "field",
            "op",
            "value",
            "dir",
            "limit",
            "cursor",
            "offset",
            "$filter",
            "$orderby");

    private static final int LONGEST_NAME = 64;

    private Pointers() {}

    static String escaped(String member) {
        String bounded = member.length() > LONGEST_NAME ? member.substring(0, LONGEST_NAME) : member;
        return bounded.replace("~", "~0").replace("/", "~1");
    }

    /** The same place without a word that the client chose: what is recorded holds no values, wherever they were put. */
    static String anonymous(String pointer) {
        return Arrays.stream(pointer.split("/", -1))
                .map(segment -> segment.isEmpty() || OURS.contains(segment) || isNumber(segment) ? segment : "*")
                .collect(Collectors.joining("/"));
    }

    private static boolean isNumber(String segment) {
        return segment.length() <= 3 && segment.chars().allMatch(c -> c >= '0' && c <= '9');
    }
}
