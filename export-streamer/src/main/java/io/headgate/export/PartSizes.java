package io.headgate.export;

/**
 * How large the parts of an upload are: small at first, since most exports are, and larger every thousand, so that the ten
 * thousand that an upload may have hold nearly a terabyte.
 *
 * @param first of the first thousand; those of each thousand that follows are half as large again
 */
record PartSizes(long first) {

    static final int MAX_PARTS = 10_000;
    private static final int STEP = 1_000;

    /** @param number from one */
    int of(int number) {
        if (number > MAX_PARTS) {
            throw new IllegalStateException("part " + number + " (expected: at most " + MAX_PARTS + ")");
        }
        double size = first * Math.pow(1.5, (number - 1) / STEP);
        return (int) Math.min(size, Integer.MAX_VALUE - 8L);
    }
}
