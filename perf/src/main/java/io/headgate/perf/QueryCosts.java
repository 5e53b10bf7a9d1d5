package io.headgate.perf;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** What a query costs to read, to judge and to write anew, and what a large page costs to put into the envelope. */
final class QueryCosts {

    private static final ModuleProcess QUERIES =
            new ModuleProcess("io.headgate.filter.QueryBench", List.of("filter-rewrite"));
    private static final ModuleProcess PAGES =
            new ModuleProcess("io.headgate.pagination.PageBench", List.of("pagination", "api"));
    private static final int MEASUREMENTS = 5;
    private static final double REWRITTEN_TO_PASSED = 0.7;

    private QueryCosts() {}

    /** A line of the process that measures queries; times in microseconds. */
    record Query(String what, long runs, double p50, double p99, double cpu) {}

    /**
     * A line of the process that measures pages.
     *
     * @param rate MiB a second
     * @param cpu milliseconds a MiB
     */
    record Page(String what, int mib, double rate, double cpu, long heap, long direct) {}

    static Outcome queries(Options options, Path folder, List<String> java) throws Exception {
        String title = "one query, read, held against its schema and written for the backend";
        var missing = QUERIES.missing();
        if (missing.isPresent()) {
            return new Outcome("filters", title, List.of(), List.of(missing.get()), true);
        }
        List<Query> measured =
                QUERIES.measure(options, folder, java, Query.class, one -> System.err.println("  " + one.what()));
        return new Outcome(
                "filters",
                title,
                measured.stream()
                        .map(one -> Outcome.line(
                                one.what(),
                                "p50 us",
                                one.p50(),
                                "p99 us",
                                one.p99(),
                                "CPU us",
                                one.cpu(),
                                "runs",
                                one.runs()))
                        .toList(),
                List.of("the largest allowed: 48 conditions and groups, 4 deep, 880 values, 12 KiB"),
                measured.size() == MEASUREMENTS);
    }

    static Outcome pages(Options options, Path folder, List<String> java) throws Exception {
        String title = "a large page in the envelope, beside the same bytes passed on";
        var missing = PAGES.missing();
        if (missing.isPresent()) {
            return new Outcome("pages", title, List.of(), List.of(missing.get()), true);
        }
        List<Page> measured = PAGES.measure(
                options,
                folder,
                java,
                Page.class,
                one -> System.err.printf("  %s, %d MiB: %.0f MiB/s%n", one.what(), one.mib(), one.rate()));
        var lines = new ArrayList<Outcome.Line>();
        var notes = new ArrayList<String>(List.of(
                "backend, edge and client in one process over loopback, four pages at once; CPU is all of theirs"));
        for (int mib : List.of(10, 100)) {
            double passed = median(of(measured, "passed on", mib).map(Page::rate));
            for (String what : List.of("passed on", "rewritten")) {
                double rate = median(of(measured, what, mib).map(Page::rate));
                lines.add(Outcome.line(
                        what + ", " + mib + " MiB",
                        "MiB/s",
                        rate,
                        "ratio",
                        rate / passed,
                        "CPU ms/MiB",
                        median(of(measured, what, mib).map(Page::cpu)),
                        "heap MiB, most",
                        of(measured, what, mib).mapToLong(Page::heap).max().orElse(0),
                        "direct MiB, most",
                        of(measured, what, mib).mapToLong(Page::direct).max().orElse(0)));
                if (what.equals("rewritten") && rate < passed * REWRITTEN_TO_PASSED) {
                    notes.add("target **missed**: at least 0.7 of what is passed on, " + mib + " MiB");
                }
            }
        }
        return new Outcome("pages", title, lines, notes, measured.size() == 20);
    }

    private static Stream<Page> of(List<Page> measured, String what, int mib) {
        return measured.stream().filter(one -> one.what().equals(what) && one.mib() == mib);
    }

    private static double median(Stream<Double> values) {
        List<Double> sorted = values.sorted().toList();
        return sorted.isEmpty() ? Double.NaN : sorted.get(sorted.size() / 2);
    }
}
