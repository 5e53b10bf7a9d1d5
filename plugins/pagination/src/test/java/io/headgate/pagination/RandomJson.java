package io.headgate.pagination;

import java.util.List;
import java.util.Random;

/** Documents with items at {@code /a/items} and a total at {@code /b/c}, and much that looks like these. */
final class RandomJson {

    private static final List<String> NAMES =
            List.of("a", "b", "c", "items", "x", "", "\\u0061x", "items ", "\u00e9", "\\\"");
    private static final List<String> SCALARS = List.of(
            "null",
            "true",
            "false",
            "0",
            "-0",
            "12",
            "-7.25",
            "1e9",
            "1E-9",
            "0.0e+0",
            "98765432109876543210",
            "\"\"",
            "\"]}\"",
            "\"\\\\\"",
            "\"\\\"\"",
            "\"\\u00e9\\ud83d\\ude00\"",
            "\"\u00e9\u4e2d\uD83D\uDE00\"",
            "\"a,b:c\"");
    private static final String[] SPACES = {"", "", "", " ", "\n", "\t", "\r\n  "};

    private final Random random;

    RandomJson(Random random) {
        this.random = random;
    }

    String document() {
        String items = random.nextInt(10) == 0 ? "null" : list(4, random.nextInt(6));
        List<String> members = new java.util.ArrayList<>(List.of(
                member("a", object(List.of(member("y", value(3)), member("items", items), member("z", value(2))))),
                member("b", object(List.of(member("c", random.nextInt(3) == 0 ? value(2) : scalar())))),
                member("items", value(3)),
                member("q", value(4))));
        java.util.Collections.shuffle(members, random);
        return space() + object(members) + space();
    }

    private String value(int depth) {
        int form = depth == 0 ? 9 : random.nextInt(10);
        if (form < 3) {
            return list(depth, random.nextInt(4));
        }
        return form < 6 ? object(some(depth)) : scalar();
    }

    private List<String> some(int depth) {
        return random.ints(random.nextInt(4), 0, NAMES.size())
                .distinct()
                .mapToObj(name -> member(NAMES.get(name), value(depth - 1)))
                .toList();
    }

    private String list(int depth, int size) {
        return "["
                + space()
                + String.join(
                        space() + "," + space(),
                        java.util.stream.Stream.generate(() -> value(depth - 1))
                                .limit(size)
                                .toList())
                + space()
                + "]";
    }

    private String object(List<String> members) {
        return "{" + space() + String.join(space() + "," + space(), members) + space() + "}";
    }

    private String member(String name, String value) {
        return "\"" + name + "\"" + space() + ":" + space() + value;
    }

    private String scalar() {
        return SCALARS.get(random.nextInt(SCALARS.size()));
    }

    private String space() {
        return SPACES[random.nextInt(SPACES.length)];
    }
}
