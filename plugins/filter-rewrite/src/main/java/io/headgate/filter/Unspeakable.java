package io.headgate.filter;

/** What a backend's language has no words for. */
final class Unspeakable extends RuntimeException {

    private static final long serialVersionUID = 1;

    private final String what;

    Unspeakable(String what) {
        super("unspeakable", null, false, false);
        this.what = what;
    }

    String what() {
        return what;
    }
}
