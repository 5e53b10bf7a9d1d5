package io.headgate.authz;

import io.headgate.api.Caller;
import io.headgate.authz.RouteQuestions.Asked;
import java.util.Optional;
import org.springframework.web.server.ServerWebExchange;

/** What a request asks of the policies. */
interface Questions {

    /** Empty where nothing says what the request means, so that nothing can be decided. */
    Optional<Asked> ask(ServerWebExchange exchange, Caller caller);
}
