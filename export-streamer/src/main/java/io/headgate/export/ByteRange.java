package io.headgate.export;

import io.headgate.api.Problem;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.springframework.http.HttpHeaders;

/** The part of a file that a client asks for, as RFC 9110 has it: one range; of several the whole file is the answer. */
record ByteRange(long from, long length) {

    private static final Pattern ONE = Pattern.compile("bytes=\\s*([0-9]{0,18})-([0-9]{0,18})\\s*");

    /** Empty where the whole file is the answer: without a range, and where the file is not the one that was begun. */
    static Optional<ByteRange> of(HttpHeaders headers, String etag, long size) {
        String range = headers.getFirst(HttpHeaders.RANGE);
        String condition = headers.getFirst(HttpHeaders.IF_RANGE);
        if (range == null || condition != null && !condition.equals(etag)) {
            return Optional.empty();
        }
        Matcher bounds = ONE.matcher(range);
        if (!bounds.matches() || bounds.group(1).isEmpty() && bounds.group(2).isEmpty()) {
            return Optional.empty(); // what is not understood is to be taken no notice of
        }
        return bounds.group(1).isEmpty()
                ? Optional.of(last(Long.parseLong(bounds.group(2)), size))
                : of(Long.parseLong(bounds.group(1)), bounds.group(2), size);
    }

    private static ByteRange last(long count, long size) {
        if (count == 0 || size == 0) {
            throw new Problem.RangeNotSatisfiable(size).asException();
        }
        long length = Math.min(count, size);
        return new ByteRange(size - length, length);
    }

    private static Optional<ByteRange> of(long from, String last, long size) {
        long to = last.isEmpty() ? size - 1 : Math.min(Long.parseLong(last), size - 1);
        if (!last.isEmpty() && Long.parseLong(last) < from) {
            return Optional.empty();
        }
        if (from >= size) {
            throw new Problem.RangeNotSatisfiable(size).asException();
        }
        return Optional.of(new ByteRange(from, to - from + 1));
    }

    String contentRange(long size) {
        return "bytes " + from + "-" + (from + length - 1) + "/" + size;
    }
}
