package io.headgate.export;

import static io.headgate.export.ExportOrders.quoted;

import io.headgate.api.DatasetSpec;
import io.headgate.export.ExportOrder.Dialect;
import io.headgate.export.ExportOrder.Eol;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** How a CSV is to look, as a client wrote it. */
final class CsvForm {

    private static final String DELIMITERS = ",;|^~\t";
    private static final int LONGEST_NULL = 32;
    private static final Set<String> OF_CSV = Set.of("dialect", "delimiter", "null", "bom", "eol", "guard");

    private CsvForm() {}

    static ExportOrder.Csv read(ExportForm form, DatasetSpec.Format format) {
        if (format != DatasetSpec.Format.CSV) {
            OF_CSV.stream()
                    .filter(form.values()::containsKey)
                    .sorted()
                    .forEach(name -> form.problem(
                            name, "with format " + ExportOrders.word(format) + " (expected: with csv alone)"));
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
        Optional<String> wanted = form.value(name);
        if (wanted.isEmpty()) {
            return otherwise;
        }
        return Arrays.stream(choices.getEnumConstants())
                .filter(choice -> ExportOrders.word(choice).equals(wanted.get()))
                .findFirst()
                .orElseGet(() -> {
                    form.problem(
                            name,
                            quoted(wanted.get()) + " (expected: one of "
                                    + Arrays.stream(choices.getEnumConstants())
                                            .map(ExportOrders::word)
                                            .collect(Collectors.joining(", "))
                                    + ")");
                    return otherwise;
                });
    }
}
