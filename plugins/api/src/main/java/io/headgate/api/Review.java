package io.headgate.api;

import java.util.ArrayList;
import java.util.List;

/** Collects what a kind finds when it holds a candidate against the other resources. */
public final class Review {

    /**
     * Two resources that cannot both be.
     *
     * @param other the resource that is there already
     * @param example what both would claim, as a person can try it
     */
    public record Conflict(String kind, ResourceId other, String pointer, String example) {}

    private final List<SpecProblem> problems = new ArrayList<>();
    private final List<Conflict> conflicts = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();

    /** @param pointer from the document's root, as in {@code /spec/match/path} */
    public void problem(String pointer, String detail) {
        problems.add(new SpecProblem(pointer, detail));
    }

    public void conflict(Conflict conflict) {
        conflicts.add(conflict);
    }

    /** Accepted, but not what the author may think. */
    public void warning(String text) {
        warnings.add(text);
    }

    public List<SpecProblem> problems() {
        return List.copyOf(problems);
    }

    public List<Conflict> conflicts() {
        return List.copyOf(conflicts);
    }

    public List<String> warnings() {
        return List.copyOf(warnings);
    }
}
