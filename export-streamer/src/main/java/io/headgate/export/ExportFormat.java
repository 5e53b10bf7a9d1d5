package io.headgate.export;

import io.headgate.api.DatasetSpec;
import java.io.IOException;

/** How rows become a file. One class is one format; as a bean it is served, under the name that datasets know it by. */
interface ExportFormat {

    DatasetSpec.Format format();

    String mediaType();

    /** Of a file's name, without the dot. */
    String extension();

    /** Whether the file is small already, so that compressing it again would only cost. */
    default boolean isCompressed() {
        return false;
    }

    /** What a file of this format holds; more is refused, or fails where that shows only on the way. */
    default long maxRows() {
        return Long.MAX_VALUE;
    }

    /** For one export, all of whose bytes go to {@code out}. */
    Encoding encoding(ExportOrder order, Out out);

    /** Called by one thread after the other, never by two at once. What has been written out is never held. */
    interface Encoding extends AutoCloseable {

        void begin() throws IOException;

        void rows(RowBatch rows) throws IOException;

        /** Only after this is what was written whole; an export that breaks never gets here. */
        void end() throws IOException;

        /** However the export ends; what memory it has outside the heap is given back. */
        @Override
        default void close() {}
    }
}
