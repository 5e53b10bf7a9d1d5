package io.headgate.api;

/**
 * Hears how the call of a backend goes until the head of the answer comes, which is where the chain behind a step
 * completes. A step that wants to hear puts one into the exchange.
 */
public interface CallWatch {

    ExchangeKey<CallWatch> KEY = ExchangeKey.of(CallWatch.class);

    /**
     * The backend has the whole request, so that from now on it is the backend that takes time and not the client. Comes
     * once for each attempt; never for a WebSocket, nor where the answer begins before the request has ended.
     */
    void sent();

    /** An attempt ended without an answer that may be passed on, and another one begins. */
    void failedAttempt();
}
