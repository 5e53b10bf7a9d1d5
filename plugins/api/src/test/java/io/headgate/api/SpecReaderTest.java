package io.headgate.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class SpecReaderTest {

    private enum Colour {
        RED,
        DARK_BLUE
    }

    private record Part(String name, int size) {
        Part {
            if (size > 3 && name.equals("small")) {
                throw new IllegalArgumentException("size: " + size + " (expected: at most 3 for small)");
            }
        }

        static Part read(SpecReader part) {
            String name = part.text("name");
            int size = part.integer("size", 1, 1, 10);
            return part.build(() -> new Part(name, size));
        }
    }

    private record Whole(Part part, List<Part> parts, Map<String, Part> named, Optional<Part> spare) {
        static Whole read(SpecReader whole) {
            var part = whole.object("part", Part::read);
            var parts = whole.objects("parts", Part::read);
            var named = whole.map("named", Part::read);
            var spare = whole.optionalObject("spare", Part::read);
            return whole.build(
                    () -> new Whole(part.get(), parts.get(), named.get(), spare.map(java.util.function.Supplier::get)));
        }
    }

    @Test
    void readsNestedObjectsListsAndMaps() {
        Whole whole = valid(
                "{'part':{'name':'a'},'parts':[{'name':'b','size':2}],'named':{'x/y':{'name':'c'}},'spare':{'name':'d'}}",
                Whole::read);

        assertThat(whole)
                .isEqualTo(new Whole(
                        new Part("a", 1),
                        List.of(new Part("b", 2)),
                        Map.of("x/y", new Part("c", 1)),
                        Optional.of(new Part("d", 1))));
    }

    @Test
    void findsAllProblemsAtOnceEachAtItsPlace() {
        assertThat(problems(
                        "{'part':{'size':0,'colour':1},'parts':[7,{'name':'b','size':'big'}],"
                                + "'named':{'x/y':{'name':'c','size':11},'~':{}},'spare':[],'more':1}",
                        Whole::read))
                .extracting(SpecProblem::pointer)
                .containsExactlyInAnyOrder(
                        "/spec/part/name",
                        "/spec/part/size",
                        "/spec/part/colour",
                        "/spec/parts/0",
                        "/spec/parts/1/size",
                        "/spec/named/x~1y/size",
                        "/spec/named/~0/name",
                        "/spec/spare",
                        "/spec/more");
    }

    @Test
    void saysWhatIsThereAndWhatWasExpected() {
        assertThat(problems("{'part':{'name':7,'size':0,'extra':true}}", Whole::read))
                .containsExactlyInAnyOrder(
                        new SpecProblem("/spec/part/name", "number (expected: a string)"),
                        new SpecProblem("/spec/part/size", "0 (expected: 1..10)"),
                        new SpecProblem("/spec/part/extra", "unknown member (expected: one of name, size)"));
    }

    @Test
    void takesARecordsOwnRefusalForAProblemOfItsObject() {
        assertThat(problems("{'part':{'name':'small','size':4}}", Whole::read))
                .containsExactly(new SpecProblem("/spec/part", "size: 4 (expected: at most 3 for small)"));
    }

    @Test
    void missesAnObjectThatMustBeThere() {
        assertThat(problems("{}", Whole::read))
                .containsExactly(new SpecProblem("/spec/part", "missing (expected: an object)"));
        assertThat(problems("{'part':null}", Whole::read))
                .containsExactly(new SpecProblem("/spec/part", "missing (expected: an object)"));
    }

    @Test
    void refusesWhatIsNoObjectAtAll() {
        for (String document : List.of("[]", "7", "'x'", "null", "true")) {
            assertThat(problems(document, Part::read))
                    .as(document)
                    .extracting(SpecProblem::pointer)
                    .containsExactly("/spec");
        }
    }

    @Test
    void readsLengthsOfTime() {
        Function<SpecReader, Duration> reading = spec -> {
            Duration time = spec.duration("t", Duration.ofSeconds(1), Duration.ofDays(30));
            return spec.build(() -> time);
        };
        assertThat(valid("{}", reading)).isEqualTo(Duration.ofSeconds(1));
        assertThat(valid("{'t':'200ms'}", reading)).isEqualTo(Duration.ofMillis(200));
        assertThat(valid("{'t':'5s'}", reading)).isEqualTo(Duration.ofSeconds(5));
        assertThat(valid("{'t':'2m'}", reading)).isEqualTo(Duration.ofMinutes(2));
        assertThat(valid("{'t':'1h'}", reading)).isEqualTo(Duration.ofHours(1));
        assertThat(valid("{'t':'30d'}", reading)).isEqualTo(Duration.ofDays(30));
        for (String bad :
                List.of("5", "'5'", "'0s'", "'-1s'", "'31d'", "'1.5s'", "'5 s'", "'5S'", "'999999999d'", "''")) {
            assertThat(problems("{'t':" + bad + "}", reading))
                    .as(bad)
                    .extracting(SpecProblem::pointer)
                    .containsExactly("/spec/t");
        }
    }

    @Test
    void readsShares() {
        Function<SpecReader, Double> reading = spec -> {
            double share = spec.percent("p", 0.5);
            return spec.build(() -> share);
        };
        assertThat(valid("{'p':'20%'}", reading)).isEqualTo(0.2);
        assertThat(valid("{'p':'0.5%'}", reading)).isEqualTo(0.005);
        for (String bad : List.of("20", "'20'", "'101%'", "'-1%'", "'%'")) {
            assertThat(problems("{'p':" + bad + "}", reading)).as(bad).hasSize(1);
        }
    }

    @Test
    void readsNumbersWithinTheirRangeOnly() {
        Function<SpecReader, Long> reading = spec -> {
            long n = spec.integer("n", 1L, 0, 100);
            return spec.build(() -> n);
        };
        assertThat(valid("{'n':100}", reading)).isEqualTo(100);
        for (String bad : List.of("101", "-1", "1.0", "1e2", "'7'", "9223372036854775808", "[]", "true")) {
            assertThat(problems("{'n':" + bad + "}", reading)).as(bad).hasSize(1);
        }
    }

    @Test
    void readsWordsOfAnEnum() {
        Function<SpecReader, Colour> reading = spec -> {
            Colour colour = spec.choice("c", Colour.class);
            return spec.build(() -> colour);
        };
        assertThat(valid("{'c':'dark-blue'}", reading)).isEqualTo(Colour.DARK_BLUE);
        assertThat(problems("{'c':'RED'}", reading))
                .containsExactly(new SpecProblem("/spec/c", "'RED' (expected: one of red, dark-blue)"));
        assertThat(problems("{}", reading)).containsExactly(new SpecProblem("/spec/c", "missing (expected: a string)"));
    }

    @Test
    void namesThePlaceOfEachWrongElement() {
        assertThat(problems("{'list':['red','green',7]}", spec -> {
                    List<Colour> colours = spec.choices("list", Colour.class);
                    return spec.build(() -> colours);
                }))
                .extracting(SpecProblem::pointer)
                .containsExactlyInAnyOrder("/spec/list/1", "/spec/list/2");
    }

    @Test
    void namesThePlaceOfAWrongElementBehindOneThatIsNoString() {
        assertThat(problems("{'list':[7,'green']}", spec -> {
                    List<Colour> colours = spec.choices("list", Colour.class);
                    return spec.build(() -> colours);
                }))
                .extracting(SpecProblem::pointer)
                .containsExactlyInAnyOrder("/spec/list/0", "/spec/list/1");
    }

    @Test
    void readsALeftOutSectionAsOneWithoutMembers() {
        assertThat(problems("{}", spec -> {
                    var part = spec.objectOrDefaults("part", Part::read);
                    return spec.build(part::get);
                }))
                .containsExactly(new SpecProblem("/spec/part/name", "missing (expected: a string)"));
    }

    private static <T> T valid(String json, Function<SpecReader, T> reading) {
        var outcome = read(json, reading);
        assertThat(outcome).as(json).isInstanceOf(SpecReader.Outcome.Valid.class);
        return ((SpecReader.Outcome.Valid<T>) outcome).value();
    }

    private static <T> List<SpecProblem> problems(String json, Function<SpecReader, T> reading) {
        var outcome = read(json, reading);
        assertThat(outcome).as(json).isInstanceOf(SpecReader.Outcome.Invalid.class);
        return ((SpecReader.Outcome.Invalid<T>) outcome).problems();
    }

    private static <T> SpecReader.Outcome<T> read(String json, Function<SpecReader, T> reading) {
        return SpecReader.read(JsonMapper.shared().readTree(json.replace('\'', '"')), "/spec", reading);
    }
}
