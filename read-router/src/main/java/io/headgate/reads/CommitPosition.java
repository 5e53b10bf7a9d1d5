package io.headgate.reads;

import io.headgate.api.BackendListener;
import io.headgate.api.InternalHeaders;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.web.server.ServerWebExchange;

/** What a backend says of its own commit. One that says nothing readable has not spoken. */
final class CommitPosition implements BackendListener {

    private static final Pattern FORM = Pattern.compile("([1-9]\\d{0,9})/([0-9A-Fa-f]{1,8}/[0-9A-Fa-f]{1,8})");

    private final Optional<BackendListener> other;
    private volatile @Nullable String said;

    private CommitPosition(Optional<BackendListener> other) {
        this.other = other;
    }

    /** Listens beside whoever does already. */
    static CommitPosition listen(ServerWebExchange exchange) {
        var position = new CommitPosition(BackendListener.KEY.find(exchange));
        BackendListener.KEY.put(exchange, position);
        return position;
    }

    @Override
    public void answered(Function<String, List<String>> headers) {
        if (other.isPresent()) {
            other.get().answered(headers);
        }
        List<String> values = headers.apply(InternalHeaders.COMMIT_POSITION);
        said = values.size() == 1 ? values.getFirst() : null;
    }

    Optional<Position> of(long system) {
        String position = said;
        return position == null || system == Seen.ANY_SYSTEM ? Optional.empty() : parse(position, system);
    }

    private static Optional<Position> parse(String text, long system) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        long timeline = Long.parseLong(matcher.group(1));
        return timeline > Integer.MAX_VALUE
                ? Optional.empty()
                : Optional.of(
                        Position.of(system, (int) timeline, LogLayout.STANDARD.normalize(Lsn.parse(matcher.group(2)))));
    }
}
