package io.headgate.perf;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * What one bench found, as it goes into the table and the JSON file.
 *
 * @param notes what a reader must know to believe the figures: what was skipped, which target was met
 * @param good whether every request of every round was answered well
 */
record Outcome(String bench, String title, List<Line> lines, List<String> notes, boolean good) {

    Outcome {
        lines = List.copyOf(lines);
        notes = List.copyOf(notes);
    }

    /** One row: a name and its figures, in the order of the columns. */
    record Line(String name, Map<String, Double> figures) {}

    String markdown() {
        var columns = new LinkedHashSet<String>();
        lines.forEach(line -> columns.addAll(line.figures().keySet()));
        var text = new StringBuilder("### " + bench + ": " + title + "\n\n");
        if (!lines.isEmpty()) {
            text.append("| | ").append(String.join(" | ", columns)).append(" |\n");
            text.append("|---|").append("---:|".repeat(columns.size())).append('\n');
        }
        for (Line line : lines) {
            var cells = new ArrayList<String>();
            for (String column : columns) {
                cells.add(cell(line.figures().getOrDefault(column, Double.NaN)));
            }
            text.append("| ")
                    .append(line.name())
                    .append(" | ")
                    .append(String.join(" | ", cells))
                    .append(" |\n");
        }
        text.append(lines.isEmpty() ? "" : "\n");
        notes.forEach(note -> text.append("- ").append(note).append('\n'));
        if (!good) {
            text.append("- **INVALID: requests failed, or the run did not go as it must: its figures say nothing**\n");
        }
        return text.toString();
    }

    /** Three digits that count; nothing where there is no figure. */
    static String cell(double figure) {
        if (Double.isNaN(figure)) {
            return "";
        }
        String pattern = Math.abs(figure) >= 100 || figure == Math.rint(figure)
                ? "%,.0f"
                : Math.abs(figure) >= 10 ? "%.1f" : "%.2f";
        return String.format(Locale.ROOT, pattern, figure);
    }

    static Line line(String name, Object... columnsAndFigures) {
        var figures = new LinkedHashMap<String, Double>();
        for (int i = 0; i < columnsAndFigures.length; i += 2) {
            figures.put(Objects.toString(columnsAndFigures[i]), ((Number) columnsAndFigures[i + 1]).doubleValue());
        }
        return new Line(name, figures);
    }
}
