package io.headgate.export;

import io.headgate.api.DatasetSpec;

/** What a file with the rows of an order is, to whoever gets it. */
record FileKind(String extension, String mediaType) {

    static FileKind of(ExportOrder order) {
        FileKind plain = of(order.format());
        return order.gzip() ? new FileKind(plain.extension + ".gz", "application/gzip") : plain;
    }

    private static FileKind of(DatasetSpec.Format format) {
        return switch (format) {
            case CSV -> new FileKind("csv", "text/csv; charset=utf-8");
            case NDJSON -> new FileKind("ndjson", "application/x-ndjson");
            case XLSX -> new FileKind("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet");
            case PDF -> new FileKind("pdf", "application/pdf");
        };
    }
}
