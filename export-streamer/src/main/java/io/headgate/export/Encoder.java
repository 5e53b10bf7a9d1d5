package io.headgate.export;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/** Turns one export's batches into its bytes, and tells the tally. Whoever closes it may come from another thread. */
final class Encoder implements AutoCloseable {

    private static final byte[] NOTHING = {};

    private final Out out = new Out();
    private final ExportFormat format;
    private final ExportOrder order;
    private final ExportTally tally;
    private final long maxRows;
    private ExportFormat.@Nullable Encoding begun;
    private long rows;
    private long bytes;
    private boolean isClosed;

    Encoder(ExportFormat format, ExportOrder order, long maxRows, ExportTally tally) {
        this.format = format;
        this.order = order;
        this.maxRows = maxRows;
        this.tally = tally;
    }

    /** What a batch comes to, which is nothing where it is held back to be compressed. */
    synchronized byte[] rows(RowBatch batch) {
        if (isClosed) {
            return NOTHING;
        }
        rows += batch.rows();
        if (rows > maxRows) {
            throw ExportCursor.tooMany(maxRows);
        }
        try {
            encoding().rows(batch);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return told();
    }

    synchronized byte[] end() {
        if (isClosed) {
            return NOTHING;
        }
        try {
            encoding().end();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return told();
    }

    /** Begun by the first who needs it, since that takes time which no connection's thread should spend. */
    private ExportFormat.Encoding encoding() throws IOException {
        ExportFormat.Encoding encoding = begun;
        if (encoding == null) {
            boolean isZipped = order.gzip() && !format.isCompressed();
            encoding = isZipped ? Gzip.of(format, order, out) : format.encoding(order, out);
            begun = encoding;
            encoding.begin();
        }
        return encoding;
    }

    private byte[] told() {
        byte[] taken = out.take();
        bytes += taken.length;
        tally.reached(rows, bytes);
        return taken;
    }

    @Override
    public synchronized void close() {
        isClosed = true;
        if (begun != null) {
            begun.close();
            begun = null;
        }
    }
}
