package io.headgate.export;

import io.headgate.api.DatasetSpec;
import io.headgate.api.ResourceId;
import java.time.ZoneId;
import java.util.List;

/**
 * What to export, checked and complete: it can be run at once, or written down and run later by another process.
 *
 * @param tenant whose rows; nothing in the rest can widen that
 * @param query filter and sort in canonical form, as one document of the filter language
 * @param columns in this order
 * @param consistency the tokens that the caller brought: the rows come from a node that has what they tell of
 */
record ExportOrder(
        ResourceId dataset,
        String tenant,
        String subject,
        String query,
        List<String> columns,
        DatasetSpec.Format format,
        ZoneId zone,
        Csv csv,
        boolean gzip,
        List<String> consistency) {

    /** How a CSV looks; other formats take no notice. */
    record Csv(Dialect dialect, char delimiter, String nullText, boolean bom, Eol eol, boolean guard) {}

    enum Dialect {
        RFC4180,
        POSTGRES
    }

    enum Eol {
        CRLF,
        LF
    }

    ExportOrder {
        columns = List.copyOf(columns);
        consistency = List.copyOf(consistency);
    }
}
