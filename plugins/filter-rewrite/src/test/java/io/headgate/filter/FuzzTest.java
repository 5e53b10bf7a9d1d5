package io.headgate.filter;

import static io.headgate.filter.Examples.LANGUAGE;
import static io.headgate.filter.Examples.SCHEMA;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.headgate.api.Filter;
import io.headgate.api.Problem;
import io.headgate.api.ProblemException;
import io.headgate.filter.QueryLanguage.Understood;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whatever comes, it is understood or refused. {@code -Dheadgate.fuzz=10000000} makes it take longer. */
class FuzzTest {

    private static final int ROUNDS = Integer.getInteger("headgate.fuzz", 20_000);
    private static final int WORST = 16 * 1024;
    private static final List<String> WORDS = List.of(
            "[",
            "]",
            "{",
            "}",
            "(",
            ")",
            "\"",
            "'",
            ",",
            ";",
            ":",
            "=",
            "==",
            "!=",
            "=in=",
            "=out=",
            "=bt=",
            "=isnull=",
            "*",
            "\\",
            "%",
            "+",
            "&",
            " ",
            "\t",
            "\n",
            "\0",
            "-",
            ".",
            "0",
            "1",
            "1e999999999",
            "-0",
            "NaN",
            "null",
            "true",
            "field",
            "op",
            "value",
            "and",
            "or",
            "not",
            "filters",
            "sort",
            "page",
            "limit",
            "id",
            "name",
            "status",
            "active",
            "created_at",
            "tenant_id",
            "eq",
            "ne",
            "in",
            "between",
            "contains",
            "startswith",
            "\\u0000",
            "\\ud800",
            "\uD83D",
            "é",
            "😀",
            "2026-01-01T00:00:00Z",
            "6f1c0e3a-0d6f-4d1e-9d3b-3d9a7a1f0c55",
            "\"field\":",
            "{\"not\":",
            "{\"or\":[",
            "[0]",
            "[or]",
            "[not]",
            "asc",
            "desc",
            "//",
            "/*");

    @Test
    @Timeout(value = 1, unit = TimeUnit.DAYS)
    void understandsOrRefusesWhateverComes() {
        long seed = Long.getLong("headgate.fuzz.seed", 1);
        int understood = 0;
        for (int round = 0; round < ROUNDS; round++) {
            String text = mutated(new Random(seed + round));
            for (Supplier<Understood> reading : readings(text)) {
                understood += read(reading, "seed " + (seed + round), text).isPresent() ? 1 : 0;
            }
        }
        assertThat(understood).as("texts that were understood").isPositive();
    }

    private static List<Supplier<Understood>> readings(String text) {
        return List.of(
                () -> LANGUAGE.document(text, SCHEMA),
                () -> with(new Parameter("filter", text)),
                () -> with(new Parameter("$filter", text)),
                () -> with(new Parameter("filter[" + text, "1")),
                () -> with(new Parameter("filter[name][in]", text)),
                () -> with(new Parameter("sort", text)),
                () -> with(new Parameter("$orderby", text)),
                () -> Examples.parameters(LANGUAGE, ours(text)));
    }

    private static List<Parameter> ours(String query) {
        return UrlQuery.read(query).stream()
                .filter(parameter -> QueryLanguage.isOurs(parameter.name()))
                .toList();
    }

    private static Understood with(Parameter parameter) {
        return Examples.parameters(LANGUAGE, List.of(parameter));
    }

    /** What was understood reads the same again from what is written of it. */
    private static Optional<Understood> read(Supplier<Understood> reading, String seed, String text) {
        try {
            Understood query = reading.get();
            Filter again = Examples.wide(List.of(new Parameter("filter", JsonText.list(query.filter()))))
                    .filter();
            assertThat(again).as("%s: %s", seed, text).isEqualTo(query.filter());
            return Optional.of(query);
        } catch (ProblemException refused) {
            assertThat(refused.problem()).as("%s: %s", seed, text).isInstanceOf(Problem.InvalidQuery.class);
            assertThat(((Problem.InvalidQuery) refused.problem()).problems())
                    .as("%s: %s", seed, text)
                    .isNotEmpty()
                    .hasSizeLessThanOrEqualTo(100)
                    .allSatisfy(problem -> assertThat(problem.detail()).contains("(expected: "));
            return Optional.empty();
        } catch (RuntimeException | StackOverflowError e) {
            return fail(seed + ": " + text, e);
        }
    }

    /** Nonsense, or something that makes sense with a few words put in, taken out or moved. */
    private static String mutated(Random random) {
        List<String> words = new ArrayList<>();
        if (random.nextInt(4) > 0) {
            words.addAll(pieces(sensible(random), random));
        }
        int changes = random.nextInt(6);
        for (int i = 0; i < changes; i++) {
            int at = random.nextInt(words.size() + 1);
            String word = WORDS.get(random.nextInt(WORDS.size()));
            switch (random.nextInt(words.isEmpty() ? 1 : 4)) {
                case 0 -> words.add(at, word);
                case 1 -> words.remove(Math.min(at, words.size() - 1));
                case 2 -> words.set(Math.min(at, words.size() - 1), word);
                default -> words.add(at, words.get(random.nextInt(words.size())).repeat(1 + random.nextInt(3)));
            }
        }
        return String.join("", words);
    }

    private static String sensible(Random random) {
        Filter filter = Canonical.of(new RandomFilters(random.nextLong()).filter(3));
        try {
            return switch (random.nextInt(5)) {
                case 0 -> JsonText.list(filter);
                case 1 -> RsqlText.of(FilterDialect.RSQL.carried(filter, SCHEMA));
                case 2 -> ODataText.of(FilterDialect.ODATA.carried(filter, SCHEMA));
                case 3 -> UrlQuery.write(BracketText.of(filter));
                default ->
                    "{\"filters\":" + JsonText.list(filter) + ",\"sort\":[{\"field\":\"id\"}],\"page\":{\"limit\":1}}";
            };
        } catch (Unspeakable e) {
            return JsonText.list(filter);
        }
    }

    private static List<String> pieces(String text, Random random) {
        List<String> pieces = new ArrayList<>();
        for (int from = 0; from < text.length(); ) {
            int to = Math.min(text.length(), from + 1 + random.nextInt(8));
            pieces.add(text.substring(from, to));
            from = to;
        }
        return pieces;
    }

    @Test
    void takesTheWorstOfItsSizeInItsStride() {
        List<String> worst = List.of(
                filled("(", "id==1"),
                filled("[", ""),
                filled("{\"not\":", "{}"),
                filled("{\"or\":[", ""),
                "[" + filled("[]", "") + "]",
                "[" + filled("{},", "{}") + "]",
                "[{\"x\":" + filled("[", "") + "}]",
                "[{\"field\":\"id\",\"op\":\"in\",\"value\":[" + filled("[],", "1") + "]}]",
                "[{\"field\":\"amount\",\"op\":\"eq\",\"value\":" + filled("9", "") + "}]",
                "[{\"field\":\"amount\",\"op\":\"eq\",\"value\":1e" + filled("9", "") + "}]",
                "[{\"field\":\"name\",\"op\":\"eq\",\"value\":\"" + filled("\\u0041", "") + "\"}]",
                "[{\"field\":\"name\",\"op\":\"contains\",\"value\":\"" + filled("%_", "") + "\"}]",
                filled("id==1,", "id==1"),
                filled("id==1;", "id==1"),
                filled("id==1 or ", "id==1"),
                "id=in=(" + filled("1,", "1"),
                "name=='" + filled("\\'", ""),
                "name==" + filled("*", ""),
                filled("'", ""),
                filled(" ", "id==1"),
                filled("not ", "contains(name,'x')"),
                filled("not(", ""),
                "name eq '" + filled("''", ""),
                filled("id eq 1 and ", "id eq 1"),
                "id in (" + filled("1,", "1"),
                filled("a", ""),
                filled("\uD83D", ""),
                filled("[or][0]", "[id]"),
                filled("[not]", "[id]"),
                filled("]", ""),
                filled(",", ""),
                filled("id,", ""),
                filled("&", ""),
                filled("filter[id]=1&", ""),
                filled("%5B", ""));
        for (String text : worst) {
            for (int i = 0; i < 20; i++) {
                for (Supplier<Understood> reading : readings(text)) {
                    read(reading, "the worst", text.substring(0, 20));
                }
            }
        }
    }

    private static String filled(String word, String end) {
        return word.repeat((WORST - 80) / word.length()) + end;
    }
}
