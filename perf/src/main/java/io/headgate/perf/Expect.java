package io.headgate.perf;

/** Refuses a bad argument with its value and what was expected. */
final class Expect {
    private Expect() {}

    static int within(String name, int value, int from, int to) {
        if (value < from || value > to) {
            throw new IllegalArgumentException("%s: %d (expected: %d..%d)".formatted(name, value, from, to));
        }
        return value;
    }
}
