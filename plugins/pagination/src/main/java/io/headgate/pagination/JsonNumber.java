package io.headgate.pagination;

/** A JSON number as its bytes come. */
final class JsonNumber {

    private enum State {
        NONE,
        MINUS,
        ZERO,
        DIGITS,
        POINT,
        FRACTION,
        EXPONENT,
        EXPONENT_SIGN,
        EXPONENT_DIGITS
    }

    private State state = State.NONE;

    /** @return whether a number begins so */
    boolean begin(byte b) {
        state = switch (b) {
            case '-' -> State.MINUS;
            case '0' -> State.ZERO;
            default -> isDigit(b) ? State.DIGITS : State.NONE;
        };
        return state != State.NONE;
    }

    /** @return whether the byte belongs to it; otherwise the number is over, whole or not */
    boolean goesOn(byte b) {
        State next = after(b);
        if (next == State.NONE) {
            return false;
        }
        state = next;
        return true;
    }

    boolean isWhole() {
        return switch (state) {
            case ZERO, DIGITS, FRACTION, EXPONENT_DIGITS -> true;
            case NONE, MINUS, POINT, EXPONENT, EXPONENT_SIGN -> false;
        };
    }

    private State after(byte b) {
        boolean digit = isDigit(b);
        boolean exponent = b == 'e' || b == 'E';
        return switch (state) {
            case NONE -> State.NONE;
            case MINUS -> b == '0' ? State.ZERO : digit ? State.DIGITS : State.NONE;
            case ZERO -> b == '.' ? State.POINT : exponent ? State.EXPONENT : State.NONE;
            case DIGITS -> digit ? State.DIGITS : b == '.' ? State.POINT : exponent ? State.EXPONENT : State.NONE;
            case POINT -> digit ? State.FRACTION : State.NONE;
            case FRACTION -> digit ? State.FRACTION : exponent ? State.EXPONENT : State.NONE;
            case EXPONENT -> digit ? State.EXPONENT_DIGITS : b == '+' || b == '-' ? State.EXPONENT_SIGN : State.NONE;
            case EXPONENT_SIGN, EXPONENT_DIGITS -> digit ? State.EXPONENT_DIGITS : State.NONE;
        };
    }

    private static boolean isDigit(byte b) {
        return b >= '0' && b <= '9';
    }
}
