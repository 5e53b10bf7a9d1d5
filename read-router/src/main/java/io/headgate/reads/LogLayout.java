package io.headgate.reads;

/** How a server cuts its log: pages, each with a header, in segments, whose first header is longer. */
record LogLayout(int pageSize, long segmentSize) {

    static final LogLayout STANDARD = new LogLayout(8192, 16 << 20);

    private static final int PAGE_HEADER = 24;
    private static final int SEGMENT_HEADER = 40;

    LogLayout {
        if (Integer.bitCount(pageSize) != 1 || Long.bitCount(segmentSize) != 1 || segmentSize < pageSize) {
            throw new IllegalArgumentException(
                    "log layout: pages of " + pageSize + ", segments of " + segmentSize + " (expected: powers of two)");
        }
    }

    /**
     * The end of the last record. Where that fills its page, the insert position stands past the header of the next
     * one, and a replica stays at the boundary until more is written: without this it would never be caught up.
     */
    Lsn normalize(Lsn insert) {
        if (insert.value() % segmentSize == SEGMENT_HEADER) {
            return new Lsn(insert.value() - SEGMENT_HEADER);
        }
        return insert.value() % pageSize == PAGE_HEADER ? new Lsn(insert.value() - PAGE_HEADER) : insert;
    }
}
