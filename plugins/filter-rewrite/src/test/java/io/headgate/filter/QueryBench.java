package io.headgate.filter;

import com.sun.management.OperatingSystemMXBean;
import io.headgate.api.Filter;
import io.headgate.api.Operator;
import io.headgate.api.ProblemException;
import io.headgate.api.Value;
import io.headgate.filter.QueryLanguage.Understood;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * What a query costs: from the parameters of a URL, or a body, to the backend's own query string. A process of the
 * benches, which prints one line of JSON a measurement. Its one argument is how long each takes.
 */
public final class QueryBench {

    private static final OperatingSystemMXBean SYSTEM =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    private static final int MOST_SAMPLES = 2_000_000;
    private static final QueryLanguage LANGUAGE = new QueryLanguage(Budgets.DEFAULT);
    private static final FilterSchema SCHEMA = schema();

    private QueryBench() {}

    private interface Work {
        int run();
    }

    public static void main(String[] args) {
        measure(Long.parseLong(args[0]) * 1_000_000_000L);
        System.exit(0);
    }

    static void measure(long nanos) {
        String typical = "filter="
                + escaped("[{\"field\":\"status\",\"op\":\"in\",\"value\":[\"active\",\"trial\"]},"
                        + "{\"field\":\"views\",\"op\":\"gte\",\"value\":100},"
                        + "{\"field\":\"created_at\",\"op\":\"lt\",\"value\":\"2026-11-21T10:15:30Z\"}]")
                + "&sort=-created_at,name&limit=50";
        String largest = largest();
        String broken = "{\"filters\":" + "[{\"or\":".repeat(2_000);
        measure("typical, json to json", nanos, () -> written(url(typical), FilterDialect.JSON));
        measure("typical, json to rsql", nanos, () -> written(url(typical), FilterDialect.RSQL));
        measure("largest allowed, json to json", nanos, () -> written(body(largest), FilterDialect.JSON));
        measure("largest allowed, json to odata", nanos, () -> written(body(largest), FilterDialect.ODATA));
        measure("16 KiB of brackets, refused", nanos, () -> refused(broken));
    }

    private static Understood url(String query) {
        List<Parameter> asked = UrlQuery.read(query).stream()
                .filter(parameter -> !FilterSection.isOfPages(parameter.name()))
                .toList();
        return LANGUAGE.parameters(asked, SCHEMA, Set.of(FilterDialect.JSON));
    }

    private static Understood body(String document) {
        return LANGUAGE.document(document, SCHEMA);
    }

    private static int written(Understood query, FilterDialect emits) {
        var scope = new Filter.Condition("tenant_id", Operator.EQ, new Value.Text("acme"));
        Filter scoped = new Filter.All(List.of(scope, query.filter()));
        return UrlQuery.write(emits.parameters(scoped, query.sort(), SCHEMA)).length();
    }

    private static int refused(String document) {
        try {
            return body(document).shape().length();
        } catch (ProblemException e) {
            return 1;
        }
    }

    /** As many conditions as there may be, nested as deep, in as many characters. */
    private static String largest() {
        String words =
                IntStream.range(0, 18).mapToObj(i -> "\"word-" + i + "\"").collect(Collectors.joining(","));
        String conditions = IntStream.range(0, 44)
                .mapToObj(i -> "{\"field\":\"name\",\"op\":\"in\",\"value\":[\"n" + i + "\"," + words + "]}")
                .collect(Collectors.joining(","));
        return "{\"filters\":[{\"not\":{\"or\":[{\"not\":{\"or\":[" + conditions + "]}}]}}]}";
    }

    private static FilterSchema schema() {
        Map<String, FilterField> fields = new LinkedHashMap<>();
        fields.put("status", field(FieldType.ENUM, Set.of("draft", "active", "trial", "archived")));
        fields.put("views", field(FieldType.INT, Set.of()));
        fields.put("name", field(FieldType.STRING, Set.of()));
        fields.put("created_at", field(FieldType.TIMESTAMP, Set.of()));
        return new FilterSchema("tenant_id", fields);
    }

    private static FilterField field(FieldType type, Set<String> words) {
        return new FilterField(type, words, EnumSet.copyOf(type.operators()), true, true, true, Optional.empty());
    }

    private static String escaped(String text) {
        return java.net.URLEncoder.encode(text, java.nio.charset.StandardCharsets.UTF_8);
    }

    private static void measure(String what, long nanos, Work work) {
        run(nanos, work); // nobody's p99 should be that of a cold JVM
        long cpu = SYSTEM.getProcessCpuTime();
        long[] samples = run(nanos, work);
        double cpuMicros = (SYSTEM.getProcessCpuTime() - cpu) / 1e3 / samples.length;
        Arrays.sort(samples);
        System.out.printf(
                Locale.ROOT,
                "{\"what\":\"%s\",\"runs\":%d,\"p50\":%.2f,\"p99\":%.2f,\"cpu\":%.2f}%n",
                what,
                samples.length,
                samples[samples.length / 2] / 1e3,
                samples[(int) (samples.length * 0.99)] / 1e3,
                cpuMicros);
    }

    private static long[] run(long nanos, Work work) {
        long[] samples = new long[MOST_SAMPLES];
        int done = 0;
        long seen = 0;
        for (long until = System.nanoTime() + nanos; done < samples.length && System.nanoTime() < until; done++) {
            long began = System.nanoTime();
            seen += work.run();
            samples[done] = System.nanoTime() - began;
        }
        if (seen < done) {
            throw new IllegalStateException("something was written as nothing");
        }
        return Arrays.copyOf(samples, done);
    }
}
