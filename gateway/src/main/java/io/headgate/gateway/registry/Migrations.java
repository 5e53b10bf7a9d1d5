package io.headgate.gateway.registry;

import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * Brings the registry's tables up to date when PostgreSQL can be reached, which may be long after the start. Flyway
 * blocks, so each attempt has a thread of its own; instances that start together wait for one another inside Flyway.
 */
final class Migrations {

    private static final Logger log = LoggerFactory.getLogger(Migrations.class);

    private final Runnable migrate;
    private CompletableFuture<Void> attempt = CompletableFuture.failedFuture(new IllegalStateException("not tried"));
    private String lastReason = "";

    Migrations(Runnable migrate) {
        this.migrate = migrate;
    }

    /** Completes at once after the first success; callers meanwhile share one attempt. */
    Mono<Void> done() {
        return Mono.defer(() -> Mono.fromFuture(attempt(), true))
                .onErrorMap(
                        RuntimeException.class,
                        error -> Store.unavailable("The registry's tables could not be brought up to date."));
    }

    private synchronized CompletableFuture<Void> attempt() {
        if (attempt.isCompletedExceptionally()) {
            attempt = CompletableFuture.runAsync(
                    this::run,
                    task -> Thread.ofPlatform()
                            .daemon()
                            .name("registry-migrations")
                            .start(task));
        }
        return attempt;
    }

    private void run() {
        try {
            migrate.run();
        } catch (RuntimeException e) {
            String reason = String.valueOf(e.getMessage());
            if (!reason.equals(lastReason)) { // once, not at every attempt
                lastReason = reason;
                log.atWarn().addKeyValue("reason", reason.strip()).log("registry's tables not brought up to date");
            }
            throw e;
        }
    }
}
