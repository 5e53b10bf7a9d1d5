package io.headgate.export;

import io.headgate.api.Authorizer;
import io.headgate.api.Caller;
import io.headgate.api.DatasetSpec;
import io.headgate.api.Problem;
import io.headgate.api.ProblemException;
import io.headgate.api.ProblemType;
import io.headgate.api.ResourceId;
import io.headgate.api.SpecProblem;
import io.headgate.filter.Dataset;
import io.headgate.filter.Datasets;
import io.headgate.filter.FilterDialect;
import io.headgate.filter.QueryLanguage;
import io.headgate.reads.CarriedTokens;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/**
 * Makes orders of what clients wrote. Whether the caller may is asked before anything is said of the dataset; what is wrong
 * with the rest is said all at once.
 */
final class ExportOrders {

    private static final Set<FilterDialect> LANGUAGES =
            EnumSet.of(FilterDialect.JSON, FilterDialect.BRACKETS, FilterDialect.RSQL, FilterDialect.ODATA);

    private final Datasets datasets;
    private final QueryLanguage language;
    private final Authorizer authorizer;

    ExportOrders(Datasets datasets, QueryLanguage language, Authorizer authorizer) {
        this.datasets = datasets;
        this.language = language;
        this.authorizer = authorizer;
    }

    /**
     * Completes with an order that the caller may give.
     *
     * <p>Errs with {@code invalid-query}, {@code forbidden} or {@code not-found}.
     */
    Mono<ExportOrder> order(ExportForm form, boolean gzip, ServerWebExchange exchange) {
        return Mono.fromSupplier(() -> id(form))
                .flatMap(id -> authorizer
                        .require(exchange, "export", "Dataset", id)
                        .map(_ -> datasets.find(id)
                                .orElseThrow(
                                        () -> Problem.of(ProblemType.NOT_FOUND, "There is no dataset of this name.")
                                                .asException())))
                .map(dataset -> order(form, dataset, gzip, exchange));
    }

    private static ResourceId id(ExportForm form) {
        String text = form.value("dataset").orElse("");
        try {
            return ResourceId.parse(text);
        } catch (IllegalArgumentException e) {
            String found = form.value("dataset").isEmpty() ? "missing" : quoted(text);
            form.problem("dataset", found + " (expected: a dataset as team/name)");
            throw new Problem.InvalidQuery(form.problems()).asException();
        }
    }

    private ExportOrder order(ExportForm form, Dataset dataset, boolean gzip, ServerWebExchange exchange) {
        Caller caller = Caller.KEY.get(exchange);
        DatasetSpec.Format format = format(form, dataset.spec().formats());
        List<String> columns = columns(form, dataset.spec().columns());
        ZoneId zone = zone(form);
        ExportOrder.Csv csv = CsvForm.read(form, format);
        String query = query(form, dataset);
        if (!form.problems().isEmpty()) {
            throw new Problem.InvalidQuery(form.problems()).asException();
        }
        return new ExportOrder(
                dataset.id(),
                caller.tenant(),
                caller.subject(),
                query,
                columns,
                format,
                zone,
                csv,
                gzip,
                CarriedTokens.brought(exchange.getRequest()));
    }

    private String query(ExportForm form, Dataset dataset) {
        try {
            List<String> parameters = Arrays.stream(form.query().split("&"))
                    .filter(parameter -> !isOurs(parameter))
                    .toList();
            return language.url(String.join("&", parameters), dataset.schema(), LANGUAGES)
                    .text();
        } catch (ProblemException refused) {
            if (refused.problem() instanceof Problem.InvalidQuery(List<SpecProblem> problems)) {
                form.problems().addAll(problems);
                return "";
            }
            throw refused;
        }
    }

    private static boolean isOurs(String parameter) {
        int equals = parameter.indexOf('=');
        return ExportForm.NAMES.contains(equals < 0 ? parameter : parameter.substring(0, equals));
    }

    private static DatasetSpec.Format format(ExportForm form, Set<DatasetSpec.Format> offered) {
        List<String> words = offered.stream().map(ExportOrders::word).sorted().toList();
        String wanted = form.value("format").orElse("");
        return offered.stream()
                .filter(format -> word(format).equals(wanted))
                .findFirst()
                .orElseGet(() -> {
                    form.problem(
                            "format",
                            (wanted.isEmpty() ? "missing" : quoted(wanted)) + " (expected: one of "
                                    + String.join(", ", words) + ")");
                    return DatasetSpec.Format.CSV;
                });
    }

    private static List<String> columns(ExportForm form, List<String> offered) {
        Optional<String> wanted = form.value("columns");
        if (wanted.isEmpty()) {
            return offered;
        }
        List<String> columns = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        for (String column : wanted.get().split(",", offered.size() + 1)) {
            if (!offered.contains(column)) {
                form.problem(
                        "columns",
                        quoted(column) + " at " + columns.size() + " (expected: some of " + String.join(", ", offered)
                                + ")");
            } else if (!seen.add(column)) {
                form.problem("columns", quoted(column) + " is there twice (expected: once)");
            }
            columns.add(column);
        }
        return columns;
    }

    /** A zone by its name alone: PostgreSQL reads {@code UTC+2} as west of Greenwich, and Java as east of it. */
    private static ZoneId zone(ExportForm form) {
        String wanted = form.value("tz").orElse("UTC");
        if (!ZoneId.getAvailableZoneIds().contains(wanted) || wanted.startsWith("SystemV/")) {
            form.problem("tz", quoted(wanted) + " (expected: a time zone's name, such as UTC or Europe/Vienna)");
            return ZoneId.of("UTC");
        }
        return ZoneId.of(wanted);
    }

    static String word(Enum<?> choice) {
        return choice.name().toLowerCase(Locale.ROOT);
    }

    static String quoted(String text) {
        return "'" + (text.length() > 64 ? text.substring(0, 64) + "..." : text) + "'";
    }
}
