package io.headgate.filter;

import io.headgate.api.ProblemException;
import io.headgate.filter.Draft.Raw;
import java.util.ArrayList;
import java.util.List;

/** A place in a text that is read from left to right, and once. */
final class TextCursor {

    private final String text;
    private final String pointer;
    private final Budget budget;
    private final Refusals refusals;
    private int at;

    TextCursor(String text, String pointer, Budget budget, Refusals refusals) {
        this.text = text;
        this.pointer = pointer;
        this.budget = budget;
        this.refusals = refusals;
    }

    String pointer() {
        return pointer;
    }

    Budget budget() {
        return budget;
    }

    boolean isAtEnd() {
        return at == text.length();
    }

    /** The end of the text reads as NUL, which no language takes for anything. */
    char next() {
        return at < text.length() ? text.charAt(at) : 0;
    }

    void advance(int characters) {
        at += characters;
    }

    boolean startsWith(String word) {
        return text.startsWith(word, at);
    }

    boolean take(String word) {
        if (!startsWith(word)) {
            return false;
        }
        at += word.length();
        return true;
    }

    void require(String word) {
        if (!take(word)) {
            throw wrong("'" + word + "'");
        }
    }

    void skipSpaces() {
        while (next() == ' ' || next() == '\t') {
            at++;
        }
    }

    /** Takes a word that ends before a space or a bracket. */
    boolean takeWord(String word) {
        int end = at + word.length();
        boolean isWhole = startsWith(word) && (end == text.length() || " \t(),;".indexOf(text.charAt(end)) >= 0);
        if (isWhole) {
            at = end;
        }
        return isWhole;
    }

    /** Everything before the first of {@code reserved}. */
    String until(String reserved) {
        int from = at;
        while (at < text.length() && reserved.indexOf(text.charAt(at)) < 0) {
            at++;
        }
        return text.substring(from, at);
    }

    ProblemException wrong(String expected) {
        return refusals.fatal(
                pointer,
                "at character " + (at + 1) + ": " + (isAtEnd() ? "the end" : Excerpt.of(text.substring(at)))
                        + " (expected: " + expected + ")");
    }

    void refuse(String detail) {
        refusals.add(pointer, "before character " + (at + 1) + ": " + detail);
    }

    /** Joins what stands between the same words: one member stands for itself. */
    Draft joined(boolean isAll, List<Draft> members) {
        if (members.size() == 1) {
            return members.getFirst();
        }
        budget.node(pointer);
        return new Draft.Group(isAll, members);
    }

    Draft test(String field, String operator, List<Raw> values, boolean isList) {
        budget.node(pointer);
        return new Draft.Test(field, operator, values, isList, Draft.Place.of(pointer));
    }

    Raw raw(Raw.Form form, String value) {
        return new Raw(form, value, pointer);
    }

    /** The values of a list whose opening bracket was read, each by {@code reader}. */
    List<Raw> list(java.util.function.Supplier<Raw> reader) {
        List<Raw> values = new ArrayList<>();
        do {
            skipSpaces();
            budget.list(values.size() + 1, pointer);
            values.add(reader.get());
            skipSpaces();
        } while (take(","));
        require(")");
        return values;
    }
}
