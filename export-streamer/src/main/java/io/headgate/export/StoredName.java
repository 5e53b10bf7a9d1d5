package io.headgate.export;

import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The name of one attempt's file, from which it can be told whose it is. */
record StoredName(UUID job, long fence, String extension) {

    private static final Pattern FORM = Pattern.compile("([0-9a-f-]{36})\\.([0-9]{1,18})\\.([a-z.]{1,16})");

    static Optional<StoredName> parse(String text) {
        Matcher parts = FORM.matcher(text);
        try {
            return parts.matches()
                    ? Optional.of(new StoredName(
                            UUID.fromString(parts.group(1)), Long.parseLong(parts.group(2)), parts.group(3)))
                    : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    StoredName manifest() {
        return new StoredName(job, fence, "manifest.json");
    }

    @Override
    public String toString() {
        return job + "." + fence + "." + extension;
    }
}
