package io.headgate.api;

/**
 * The backend that a request goes to, known from the step {@link EdgeOrder#CHOICE} on.
 *
 * @param upstream scheme, host and port, as metrics and explanations name it
 */
public record Destination(String upstream) {
    public static final ExchangeKey<Destination> KEY = ExchangeKey.of(Destination.class);
}
