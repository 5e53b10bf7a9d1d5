package io.headgate.export;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * What exports may take.
 *
 * @param maxRunning exports that read at once in this process, whoever asked for them
 * @param maxRunningPerTenant the same of one tenant
 * @param retryAfter what a client is told that comes when there is no room
 * @param fetchSize rows that the database hands out before it waits to be asked for more
 * @param batch bytes of rows that go from the connection's thread to an encoder's
 * @param encoders threads that write formats and compress; 0 for one a processor
 * @param firstRow how long the first row may take
 * @param stall how long nothing may move, be it the database or the client that stands
 * @param total how long an export may take
 * @param cancelGrace how long the database may go on with a cursor that is given up; then its process is cancelled
 * @param sheetRows rows of a sheet, with its header
 * @param pdfRows what a PDF holds
 * @param maxBody of a request that asks for an export
 */
@ConfigurationProperties("headgate.exports")
record ExportProperties(
        @DefaultValue("8") int maxRunning,
        @DefaultValue("4") int maxRunningPerTenant,
        @DefaultValue("5s") Duration retryAfter,
        @DefaultValue("4096") int fetchSize,
        @DefaultValue("64KB") DataSize batch,
        @DefaultValue("0") int encoders,
        @DefaultValue("1m") Duration firstRow,
        @DefaultValue("2m") Duration stall,
        @DefaultValue("2h") Duration total,
        @DefaultValue("500ms") Duration cancelGrace,
        @DefaultValue("" + XlsxFormat.MOST_ROWS) int sheetRows,
        @DefaultValue("20000") int pdfRows,
        @DefaultValue("64KB") DataSize maxBody) {

    ExportProperties {
        requireBetween("max-running", maxRunning, 1, 1_000);
        requireBetween("max-running-per-tenant", maxRunningPerTenant, 1, 1_000);
        requireBetween("fetch-size", fetchSize, 16, 65_536);
        requireBetween("batch", batch.toBytes(), 1_024, 1_048_576);
        requireBetween("encoders", encoders, 0, 256);
        requireBetween("sheet-rows", sheetRows, 2, XlsxFormat.MOST_ROWS);
        requireBetween("pdf-rows", pdfRows, 1, 1_000_000);
        requireBetween("max-body", maxBody.toBytes(), 1_024, 1_048_576);
        requireTime("retry-after", retryAfter);
        requireTime("first-row", firstRow);
        requireTime("stall", stall);
        requireTime("total", total);
        requireTime("cancel-grace", cancelGrace);
    }

    int encoderThreads() {
        return encoders == 0 ? Runtime.getRuntime().availableProcessors() : encoders;
    }

    private static void requireBetween(String setting, long value, long min, long max) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(
                    "headgate.exports." + setting + ": " + value + " (expected: " + min + ".." + max + ")");
        }
    }

    private static void requireTime(String setting, Duration value) {
        if (!value.isPositive() || value.compareTo(Duration.ofDays(7)) > 0) {
            throw new IllegalArgumentException(
                    "headgate.exports." + setting + ": " + value + " (expected: a time above zero, at most 7d)");
        }
    }
}
