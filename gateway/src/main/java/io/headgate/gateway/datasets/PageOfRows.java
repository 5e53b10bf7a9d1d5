package io.headgate.gateway.datasets;

import io.headgate.api.Problem;
import io.headgate.api.ProblemType;
import io.headgate.filter.DatasetSql.PageRow;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The rows of one page as they come in: as many as were asked for, and no more bytes than a page may have. */
final class PageOfRows {

    private final int limit;
    private final long maxBytes;
    private final List<byte[]> rows = new ArrayList<>();
    private final List<List<Optional<String>>> places = new ArrayList<>();
    private long bytes;
    private boolean hasMore;

    PageOfRows(int limit, long maxBytes) {
        this.limit = limit;
        this.maxBytes = maxBytes;
    }

    /** Whether another row can be taken. */
    boolean isOpen() {
        return !hasMore;
    }

    void add(PageRow row) {
        if (rows.size() == limit) {
            hasMore = true;
            return;
        }
        byte[] json = row.json().orElseThrow(() -> tooLarge(maxBytes)).getBytes(StandardCharsets.UTF_8);
        hasMore = !rows.isEmpty() && bytes + json.length > maxBytes;
        if (!hasMore) {
            rows.add(json);
            places.add(row.place().texts());
            bytes += json.length;
        }
    }

    private static RuntimeException tooLarge(long maxBytes) {
        return Problem.of(
                        ProblemType.UNSUPPORTED_QUERY,
                        "A row of this page is larger than " + maxBytes + " bytes, which is more than a page may have;"
                                + " an export has it.")
                .asException();
    }

    /** What came last stands first: rows before a place are read from there on. */
    PageOfRows reversed() {
        var reversed = new PageOfRows(limit, maxBytes);
        reversed.rows.addAll(rows.reversed());
        reversed.places.addAll(places.reversed());
        reversed.bytes = bytes;
        reversed.hasMore = hasMore;
        return reversed;
    }

    boolean hasMore() {
        return hasMore;
    }

    /** What each row has its place by. */
    List<List<Optional<String>>> places() {
        return places;
    }

    /** The rows between what stands around them. */
    byte[] between(String head, String tail) {
        byte[] first = head.getBytes(StandardCharsets.UTF_8);
        byte[] last = tail.getBytes(StandardCharsets.UTF_8);
        int commas = Math.max(0, rows.size() - 1);
        var whole = java.nio.ByteBuffer.allocate(Math.toIntExact(first.length + bytes + commas + last.length));
        whole.put(first);
        for (int i = 0; i < rows.size(); i++) {
            if (i > 0) {
                whole.put((byte) ',');
            }
            whole.put(rows.get(i));
        }
        return whole.put(last).array();
    }
}
