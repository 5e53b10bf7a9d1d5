package io.headgate.export;

import io.headgate.api.Authorizer;
import io.headgate.api.Caller;
import io.headgate.api.DatasetSpec;
import io.headgate.api.InternalHeaders;
import io.headgate.api.Problem;
import io.headgate.api.ProblemException;
import io.headgate.api.ProblemType;
import io.headgate.api.ResourceId;
import io.headgate.api.SpecProblem;
import io.headgate.export.ExportOrder.Dialect;
import io.headgate.export.ExportOrder.Eol;
import io.headgate.filter.Dataset;
import io.headgate.filter.Datasets;
import io.headgate.filter.FilterDialect;
import io.headgate.filter.QueryLanguage;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.springframework.http.HttpCookie;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/**
 * Makes orders of what clients wrote. Whether the caller may is asked before anything is said of the dataset; what is wrong
 * with the rest is said all at once.
 */
final class ExportOrders {

    private static final Set<FilterDialect> LANGUAGES =
            EnumSet.of(FilterDialect.JSON, FilterDialect.BRACKETS, FilterDialect.RSQL, FilterDialect.ODATA);
    private static final String DELIMITERS = ",;|^~\t";
    private static final int LONGEST_NULL = 32;
    private static final Set<String> OF_CSV = Set.of("dialect", "delimiter", "null", "bom", "eol", "guard");

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
        ExportOrder.Csv csv = csv(form, format);
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
                tokens(exchange));
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

    private static ExportOrder.Csv csv(ExportForm form, DatasetSpec.Format format) {
        if (format != DatasetSpec.Format.CSV) {
            OF_CSV.stream()
                    .filter(form.values()::containsKey)
                    .sorted()
                    .forEach(name -> form.problem(name, "with format " + word(format) + " (expected: with csv alone)"));
        }
        Dialect dialect = choice(form, "dialect", Dialect.class, Dialect.RFC4180);
        boolean isPostgres = dialect == Dialect.POSTGRES;
        char delimiter = delimiter(form);
        boolean bom = flag(form, "bom", false);
        Eol eol = choice(form, "eol", Eol.class, isPostgres ? Eol.LF : Eol.CRLF);
        boolean guard = flag(form, "guard", !isPostgres);
        if (isPostgres) {
            refuse(form, "bom", bom, "off");
            refuse(form, "eol", eol != Eol.LF, "lf");
            refuse(form, "guard", guard, "off");
        }
        return new ExportOrder.Csv(dialect, delimiter, nullText(form, delimiter), bom, eol, guard);
    }

    private static void refuse(ExportForm form, String name, boolean isOther, String expected) {
        if (isOther) {
            form.problem(
                    name,
                    quoted(form.value(name).orElse("")) + " (expected: " + expected
                            + " with dialect postgres, which writes as COPY does)");
        }
    }

    private static char delimiter(ExportForm form) {
        String wanted = form.value("delimiter").orElse(",");
        String text = wanted.equals("tab") ? "\t" : wanted;
        if (text.length() != 1 || DELIMITERS.indexOf(text.charAt(0)) < 0) {
            form.problem("delimiter", quoted(wanted) + " (expected: one of , ; | ^ ~ or tab)");
            return ',';
        }
        return text.charAt(0);
    }

    private static String nullText(ExportForm form, char delimiter) {
        String text = form.value("null").orElse("");
        boolean isPlain = text.chars().allMatch(c -> c >= ' ' && c < 0x7F && c != '"' && c != delimiter);
        if (!isPlain || text.length() > LONGEST_NULL) {
            form.problem(
                    "null",
                    quoted(text) + " (expected: at most " + LONGEST_NULL
                            + " characters of ASCII, without quotes and the delimiter)");
        }
        return text;
    }

    private static boolean flag(ExportForm form, String name, boolean otherwise) {
        return switch (form.value(name).orElse(otherwise ? "on" : "off")) {
            case "on", "true" -> true;
            case "off", "false" -> false;
            default -> {
                form.problem(name, quoted(form.value(name).orElse("")) + " (expected: on or off)");
                yield otherwise;
            }
        };
    }

    private static <E extends Enum<E>> E choice(ExportForm form, String name, Class<E> choices, E otherwise) {
        Function<E, String> word = ExportOrders::word;
        Optional<String> wanted = form.value(name);
        if (wanted.isEmpty()) {
            return otherwise;
        }
        return Arrays.stream(choices.getEnumConstants())
                .filter(choice -> word.apply(choice).equals(wanted.get()))
                .findFirst()
                .orElseGet(() -> {
                    form.problem(
                            name,
                            quoted(wanted.get()) + " (expected: one of "
                                    + Arrays.stream(choices.getEnumConstants())
                                            .map(word)
                                            .collect(Collectors.joining(", "))
                                    + ")");
                    return otherwise;
                });
    }

    private static List<String> tokens(ServerWebExchange exchange) {
        List<String> tokens =
                new ArrayList<>(exchange.getRequest().getHeaders().getOrEmpty(InternalHeaders.CONSISTENCY));
        exchange.getRequest().getCookies().getOrDefault(InternalHeaders.CONSISTENCY, List.of()).stream()
                .map(HttpCookie::getValue)
                .forEach(tokens::add);
        return tokens;
    }

    private static String word(Enum<?> choice) {
        return choice.name().toLowerCase(Locale.ROOT);
    }

    private static String quoted(String text) {
        return "'" + (text.length() > 64 ? text.substring(0, 64) + "..." : text) + "'";
    }
}
