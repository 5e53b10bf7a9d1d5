package io.headgate.export;

import io.headgate.api.DatasetSpec;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** The formats that this build writes. */
final class ExportFormats {

    private final Map<DatasetSpec.Format, ExportFormat> formats = new EnumMap<>(DatasetSpec.Format.class);

    ExportFormats(List<ExportFormat> formats) {
        for (ExportFormat format : formats) {
            if (this.formats.put(format.format(), format) != null) {
                throw new IllegalArgumentException(format.format() + ": two formats (expected: one of a name)");
            }
        }
        for (DatasetSpec.Format name : DatasetSpec.Format.values()) {
            if (!this.formats.containsKey(name)) {
                throw new IllegalArgumentException(name + ": no format (expected: one for each name)");
            }
        }
    }

    ExportFormat of(DatasetSpec.Format name) {
        ExportFormat format = formats.get(name);
        if (format == null) {
            throw new IllegalArgumentException(name + " (expected: one of " + formats.keySet() + ")");
        }
        return format;
    }
}
