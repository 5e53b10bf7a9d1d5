package io.headgate.pagination;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headgate.api.ProblemException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ContainerSkipTest {

    private static final int ROUNDS = Integer.getInteger("headgate.fuzz", 3_000);
    private static final int MAX_DEPTH = 64;
    private static final int REFUSED = -2;
    private static final int OPEN = -1;
    private static final ContainerSkip.ItemList NO_LIST = comma -> {
        throw new AssertionError("followed (expected: only an item is)");
    };

    @Test
    void findsTheEndThatCountingFindsCutAnywhere() {
        int ended = 0;
        for (int seed = 0; seed < ROUNDS; seed++) {
            String text = noise(new Random(seed));
            int expected = expected(text);
            ended += expected > 0 ? 1 : 0;
            for (int cut = 1; cut <= text.length(); cut++) {
                assertThat(end(text, cut))
                        .as("seed " + seed + ", cut at " + cut + ": " + text)
                        .isEqualTo(expected);
            }
        }
        assertThat(ended).isGreaterThan(ROUNDS / 10);
    }

    @Test
    void findsTheEndWhereverInAWordItStands() {
        for (String container : List.of(
                "{}",
                "[]",
                "{\"a\":\"}\"}",
                "[\"\\\"]\"]",
                "{\"a\":\"\\\\\"}",
                "{\"a\":\"\\\\\\\"}\"}",
                "[\"\\\\\\\\\",{\"]\":[\"{\"]}]",
                "[\"\\u005d\\\"\",\"|{[\u00fb\u00dd\uD83D\uDE00\"]",
                "{\"a\":[[{\"b\":[]}],{}]}")) {
            for (int before = 0; before < 17; before++) {
                String text = container.charAt(0) + " ".repeat(before) + container.substring(1);
                assertThat(everyEnd(text + "\"\\{]")).as(text).containsOnly(bytes(text).length);
            }
        }
    }

    @Test
    void refusesWhatCouldLeadOutOfTheContainer() {
        for (String container : List.of("{]", "[}", "{[}]", "[{]}", "{\"a\"\\}", "[\\\"]\"]", "[|]", "[\"\"|]")) {
            for (int before = 0; before < 17; before++) {
                String text = container.charAt(0) + " ".repeat(before) + container.substring(1);
                assertThat(everyEnd(text)).as(text).containsOnly(REFUSED);
            }
        }
    }

    @Test
    void leavesOpenWhatDoesNotEnd() {
        String text = "{\"a\":\"b\\\\\\\"}\",\"c\":[1,{\"d\":[]}]}";
        for (int length = 1; length < text.length(); length++) {
            assertThat(everyEnd(text.substring(0, length))).as("" + length).containsOnly(OPEN);
        }
    }

    @Test
    void opensNoMoreThanItMay() {
        assertThat(end("[".repeat(MAX_DEPTH) + "]".repeat(MAX_DEPTH), 3)).isEqualTo(2 * MAX_DEPTH);
        assertThat(end("[".repeat(MAX_DEPTH + 1), 3)).isEqualTo(REFUSED);

        var skip = new ContainerSkip(new JsonMarks(8), MAX_DEPTH, NO_LIST);

        assertThatThrownBy(() -> skip.begin((byte) '{', MAX_DEPTH)).isInstanceOf(ProblemException.class);
    }

    @Test
    void beginsAnewInsideAWord() {
        byte[] bytes = bytes("[\"]\"]\"[{}");
        var marks = new JsonMarks(bytes.length);
        var skip = new ContainerSkip(marks, MAX_DEPTH, NO_LIST);
        marks.read(bytes, bytes.length);

        skip.begin(bytes[0], 0);
        int first = skip.skip(bytes, 1, bytes.length);
        skip.begin(bytes[7], 3);
        int second = skip.skip(bytes, 8, bytes.length);

        assertThat(first).isEqualTo(5);
        assertThat(second).isEqualTo(9);
    }

    @Test
    void goesOnWithTheItemsThatFollowCutAnywhere() {
        List<String> items =
                List.of("{}", "{\"a\":\"},{\"}", "{\"b\":[{},{\"c\":\"\\\\\"},{}]}", "{\"\\\"},{\":1}", "{}");
        String text = String.join(",", items);
        for (int cut = 1; cut <= text.length(); cut++) {
            Set<Integer> commas = new TreeSet<>();
            for (int at = 0; at < text.length(); ) {
                at = endOfItems(text, at, cut, commas);
                commas.add(at++);
            }

            assertThat(commas).as("cut at " + cut).isEqualTo(commas(items));
        }
    }

    /** Items are begun again where the cut kept their list from going on. */
    private static int endOfItems(String text, int from, int cut, Set<Integer> commas) {
        byte[] bytes = bytes(text);
        int base = from < cut ? 0 : cut;
        var start = new AtomicInteger(base);
        var marks = new JsonMarks(bytes.length);
        var skip = new ContainerSkip(marks, MAX_DEPTH, comma -> commas.add(start.get() + comma));
        byte[] first = Arrays.copyOfRange(bytes, base, from < cut ? cut : bytes.length);
        marks.read(first, first.length);
        skip.beginItem(bytes[from], 1);
        int end = from + 1 - base < first.length ? skip.skip(first, from + 1 - base, first.length) : first.length;
        if (skip.hasEnded()) {
            return base + end;
        }
        start.set(cut);
        byte[] second = Arrays.copyOfRange(bytes, cut, bytes.length);
        marks.read(second, second.length);
        return cut + skip.skip(second, 0, second.length);
    }

    private static Set<Integer> commas(List<String> items) {
        Set<Integer> commas = new TreeSet<>();
        int at = 0;
        for (String item : items) {
            at += item.length();
            commas.add(at++);
        }
        return commas;
    }

    private static int expected(String text) {
        try {
            return NaivePage.endOfContainer(text, 0);
        } catch (IllegalArgumentException e) {
            return REFUSED;
        }
    }

    private static List<Integer> everyEnd(String text) {
        return java.util.stream.IntStream.rangeClosed(1, bytes(text).length)
                .mapToObj(cut -> end(text, cut))
                .distinct()
                .toList();
    }

    /** What is read ends at the cut, and goes on behind it from the beginning of a word. */
    private static int end(String text, int cut) {
        byte[] bytes = bytes(text);
        var marks = new JsonMarks(bytes.length);
        var skip = new ContainerSkip(marks, MAX_DEPTH, NO_LIST);
        try {
            skip.begin(bytes[0], 0);
            int first = end(skip, marks, Arrays.copyOf(bytes, cut), 1);
            if (first != OPEN) {
                return first;
            }
            int second = end(skip, marks, Arrays.copyOfRange(bytes, cut, bytes.length), 0);
            return second == OPEN ? OPEN : cut + second;
        } catch (ProblemException e) {
            return REFUSED;
        }
    }

    private static int end(ContainerSkip skip, JsonMarks marks, byte[] bytes, int from) {
        marks.read(bytes, bytes.length);
        int end = from < bytes.length ? skip.skip(bytes, from, bytes.length) : from;
        return skip.hasEnded() ? end : OPEN;
    }

    private static String noise(Random random) {
        String some = "{}[]\"\"\"\\\\ ax:,|;\t~]}";
        var text = new StringBuilder(random.nextBoolean() ? "{" : "[");
        int depth = 1 + random.nextInt(3);
        int strays = random.nextInt(4);
        for (int length = random.nextInt(30); length > 0; length--) {
            switch (random.nextInt(6)) {
                case 0 -> text.append("\"]}\\\"\\\\{\"", 0, 9);
                case 1 -> text.append("{}");
                case 2 -> text.append(strays == 0 ? ' ' : some.charAt(random.nextInt(some.length())));
                case 3 ->
                    text.append("\"").append(" ".repeat(random.nextInt(9))).append("\\n\"");
                default -> text.append(" 1,".repeat(random.nextInt(depth)));
            }
        }
        return text.append(text.charAt(0) == '{' ? '}' : ']').append("}]\"").toString();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
