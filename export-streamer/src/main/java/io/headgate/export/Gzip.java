package io.headgate.export;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;

/** An encoding whose bytes leave compressed: quickly rather than small, since whoever waits waits for the slower of the two. */
final class Gzip implements ExportFormat.Encoding {

    private final ExportFormat.Encoding encoding;
    private final Out plain;
    private final Compressing gzip;

    private static final class Compressing extends GZIPOutputStream {

        private static final int BUFFER = 16 * 1024;

        Compressing(OutputStream target) throws IOException {
            super(target, BUFFER, true);
            def.setLevel(Deflater.BEST_SPEED);
        }

        /** Leaves without an end, so that nobody takes what was written for whole. */
        void abandon() {
            def.end();
        }
    }

    private Gzip(ExportFormat.Encoding encoding, Out plain, Compressing gzip) {
        this.encoding = encoding;
        this.plain = plain;
        this.gzip = gzip;
    }

    static ExportFormat.Encoding of(ExportFormat format, ExportOrder order, Out out) {
        var plain = new Out();
        try {
            var gzip = new Compressing(out);
            return new Gzip(format.encoding(order, plain), plain, gzip);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void begin() throws IOException {
        encoding.begin();
    }

    @Override
    public void rows(RowBatch rows) throws IOException {
        encoding.rows(rows);
        plain.drainTo(gzip);
        gzip.flush();
    }

    @Override
    public void end() throws IOException {
        encoding.end();
        plain.drainTo(gzip);
        gzip.finish();
    }

    @Override
    public void close() {
        encoding.close();
        gzip.abandon();
    }
}
