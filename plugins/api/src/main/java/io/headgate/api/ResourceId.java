package io.headgate.api;

import java.util.Comparator;
import java.util.regex.Pattern;

/** Names one resource of a kind: {@code team/name}. */
public record ResourceId(String team, String name) implements Comparable<ResourceId> {

    /** The team that owns teams, databases and keys. */
    public static final String PLATFORM = "platform";

    private static final Pattern SLUG = Pattern.compile("[a-z0-9][a-z0-9-]{0,62}");
    private static final Comparator<ResourceId> ORDER =
            Comparator.comparing(ResourceId::team).thenComparing(ResourceId::name);

    public ResourceId {
        requireSlug("team", team);
        requireSlug("name", name);
    }

    /** A reference as a resource of {@code team} writes it: a bare name means its own team, else {@code team/name}. */
    public static ResourceId reference(String team, String reference) {
        int slash = reference.indexOf('/');
        return slash < 0
                ? new ResourceId(team, reference)
                : new ResourceId(reference.substring(0, slash), reference.substring(slash + 1));
    }

    public static ResourceId parse(String id) {
        return reference("", id);
    }

    public static boolean isSlug(String text) {
        return SLUG.matcher(text).matches();
    }

    private static void requireSlug(String what, String text) {
        if (!isSlug(text)) {
            throw new IllegalArgumentException(
                    what + ": '" + text + "' (expected: 1-63 of a-z, 0-9 and '-', beginning with a letter or digit)");
        }
    }

    @Override
    public int compareTo(ResourceId other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        return team + "/" + name;
    }
}
