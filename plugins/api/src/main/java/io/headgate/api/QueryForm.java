package io.headgate.api;

import org.springframework.web.server.ServerWebExchange;

/** How the backend of this request wants its query. The step {@code PAGE} has it write the query again with its page. */
@FunctionalInterface
public interface QueryForm {

    ExchangeKey<QueryForm> KEY = ExchangeKey.of(QueryForm.class);

    /**
     * The exchange with the query in its request, in the place of whatever query is there; all else stays.
     *
     * @throws ProblemException {@code unsupported-query}, where the backend's language has no words for it
     */
    ServerWebExchange write(Query query, ServerWebExchange exchange);
}
