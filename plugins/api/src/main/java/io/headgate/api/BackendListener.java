package io.headgate.api;

import java.util.List;
import java.util.function.Function;

/**
 * Hears what the backend's answer says, before anything of it is left out: headers for the gateway alone never reach the
 * client, so that later steps cannot see them. A step that wants to hear puts one into the exchange.
 */
public interface BackendListener {

    ExchangeKey<BackendListener> KEY = ExchangeKey.of(BackendListener.class);

    /**
     * Comes once, when the head of the answer that the client will get is there; not where no backend answered.
     *
     * @param headers every value of a header, by its name in whatever case
     */
    void answered(Function<String, List<String>> headers);
}
