package io.headgate.filter;

/** Texts within patterns of SQL's {@code LIKE}. */
final class LikePattern {

    private LikePattern() {}

    /** The text as a pattern that matches it alone. */
    static String escaped(String text) {
        return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_");
    }
}
