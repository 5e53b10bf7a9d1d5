package io.headgate.gateway.events;

import io.r2dbc.spi.Connection;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Function;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Where no Kafka is configured: straight into the audit. */
final class DirectTransport implements EventTransport {

    private final AuditIntake intake;
    private final AuditDatabase database;

    DirectTransport(AuditIntake intake, AuditDatabase database) {
        this.intake = intake;
        this.database = database;
    }

    @Override
    public Mono<List<Refused>> deliver(List<byte[]> events) {
        return intake.take(events);
    }

    @Override
    public Mono<Void> bury(List<Refused> refused) {
        return database.transaction(connection -> Flux.fromIterable(refused)
                        .concatMap(one -> bury(connection, one))
                        .then(Mono.just(true)))
                .then();
    }

    private static Mono<Void> bury(Connection connection, Refused refused) {
        return AuditDatabase.executed(connection
                .createStatement("INSERT INTO headgate_audit.dead_letter (reason, event) VALUES ($1, $2)")
                .bind("$1", refused.reason().replace('\0', '\uFFFD'))
                .bind("$2", new String(refused.json(), StandardCharsets.UTF_8).replace('\0', '\uFFFD')));
    }

    @Override
    public Mono<Void> consume(Function<List<byte[]>, Mono<Void>> handler) {
        return Mono.never(); // whatever is delivered is there already
    }

    @Override
    public Mono<Void> close() {
        return Mono.empty();
    }
}
