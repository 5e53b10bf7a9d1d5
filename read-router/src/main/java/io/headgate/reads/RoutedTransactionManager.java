package io.headgate.reads;

import org.springframework.r2dbc.connection.R2dbcTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.reactive.TransactionSynchronizationManager;
import reactor.core.publisher.Mono;

/** Tells the connection factory in time whether a transaction only reads; Spring itself does so once it has begun. */
final class RoutedTransactionManager extends R2dbcTransactionManager {

    RoutedTransactionManager(RoutedConnectionFactory connections) {
        super(connections);
    }

    @Override
    protected Mono<Void> doBegin(
            TransactionSynchronizationManager synchronization, Object transaction, TransactionDefinition definition) {
        return super.doBegin(synchronization, transaction, definition)
                .contextWrite(context -> ReadScope.putReadOnly(context, definition.isReadOnly()));
    }
}
