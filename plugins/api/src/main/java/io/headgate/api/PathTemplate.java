package io.headgate.api;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A set of paths: literal segments, {@code *} or {@code {name}} for one non-empty segment, and {@code **} at the end
 * for any number of them, none included. {@code **} elsewhere is refused, so that whether two templates overlap, and
 * which of them is narrower, has an exact answer.
 *
 * @param openEnded whether the template ends in {@code **}
 */
public record PathTemplate(String text, List<Segment> segments, boolean openEnded) {

    private static final Pattern LITERAL = Pattern.compile("([A-Za-z0-9._~!$&'()+,=:@-]|%[0-9A-F]{2})+");
    private static final Pattern VARIABLE = Pattern.compile("\\{([A-Za-z][A-Za-z0-9_]*)}");
    private static final String SAMPLE = "x";

    public sealed interface Segment {

        boolean covers(Segment other);

        default boolean meets(Segment other) {
            return covers(other) || other.covers(this);
        }
    }

    public record Literal(String value) implements Segment {
        @Override
        public boolean covers(Segment other) {
            return equals(other);
        }
    }

    /** @param name empty for {@code *} */
    public record AnyOne(String name) implements Segment {
        @Override
        public boolean covers(Segment other) {
            return true;
        }
    }

    public PathTemplate {
        segments = List.copyOf(segments);
    }

    public static PathTemplate parse(String text) {
        if (!text.startsWith("/")) {
            throw new IllegalArgumentException("'" + text + "' (expected: a path that begins with '/')");
        }
        if (text.equals("/")) {
            return new PathTemplate(text, List.of(), false);
        }
        String[] parts = text.substring(1).split("/", -1);
        boolean openEnded = parts[parts.length - 1].equals("**");
        List<Segment> segments = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (String part : openEnded ? List.of(parts).subList(0, parts.length - 1) : List.of(parts)) {
            Segment segment = segment(text, part);
            if (segment instanceof AnyOne(String name) && !name.isEmpty() && !names.add(name)) {
                throw new IllegalArgumentException("'" + text + "' names {" + name + "} twice (expected: once)");
            }
            segments.add(segment);
        }
        return new PathTemplate(text, segments, openEnded);
    }

    private static Segment segment(String text, String part) {
        if (part.equals("*")) {
            return new AnyOne("");
        }
        var variable = VARIABLE.matcher(part);
        if (variable.matches()) {
            return new AnyOne(variable.group(1));
        }
        if (!LITERAL.matcher(part).matches() || part.equals(".") || part.equals("..")) {
            throw new IllegalArgumentException("'" + part + "' in '" + text
                    + "' (expected: a literal, '*' or '{name}' between slashes, '**' only at the end)");
        }
        return new Literal(part);
    }

    /** A path's segments as the methods here take them: {@code /} has none, a trailing slash is an empty last one. */
    public static String[] split(String path) {
        return path.length() <= 1 ? new String[0] : path.substring(1).split("/", -1);
    }

    public boolean matches(String[] path) {
        if (openEnded ? path.length < segments.size() : path.length != segments.size()) {
            return false;
        }
        for (int i = 0; i < segments.size(); i++) {
            boolean fits = switch (segments.get(i)) {
                case Literal(String value) -> value.equals(path[i]);
                case AnyOne any -> !path[i].isEmpty();
            };
            if (!fits) {
                return false;
            }
        }
        return true;
    }

    /** The named segments of a path that matches. */
    public Map<String, String> variables(String[] path) {
        Map<String, String> variables = new LinkedHashMap<>();
        for (int i = 0; i < segments.size(); i++) {
            if (segments.get(i) instanceof AnyOne(String name) && !name.isEmpty()) {
                variables.put(name, path[i]);
            }
        }
        return variables;
    }

    public Set<String> variableNames() {
        Set<String> names = new HashSet<>();
        for (Segment segment : segments) {
            if (segment instanceof AnyOne(String name) && !name.isEmpty()) {
                names.add(name);
            }
        }
        return names;
    }

    /** Whether every path of the other is one of this. */
    public boolean contains(PathTemplate other) {
        int mine = segments.size();
        int theirs = other.segments.size();
        if (openEnded ? theirs < mine : other.openEnded || theirs != mine) {
            return false;
        }
        for (int i = 0; i < mine; i++) {
            if (!segments.get(i).covers(other.segments.get(i))) {
                return false;
            }
        }
        return true;
    }

    /** Whether some path is one of both. */
    public boolean intersects(PathTemplate other) {
        int mine = segments.size();
        int theirs = other.segments.size();
        if (mine > theirs && !other.openEnded || theirs > mine && !openEnded) {
            return false;
        }
        for (int i = 0; i < Math.min(mine, theirs); i++) {
            if (!segments.get(i).meets(other.segments.get(i))) {
                return false;
            }
        }
        return true;
    }

    /** A path that both match, for a person to try; they must intersect. */
    public String exampleWith(PathTemplate other) {
        var example = new StringBuilder();
        for (int i = 0; i < Math.max(segments.size(), other.segments.size()); i++) {
            example.append('/').append(literalAt(i, other.literalAt(i, SAMPLE)));
        }
        return example.isEmpty() ? "/" : example.toString();
    }

    private String literalAt(int index, String otherwise) {
        return index < segments.size() && segments.get(index) instanceof Literal(String value) ? value : otherwise;
    }

    @Override
    public String toString() {
        return text;
    }
}
