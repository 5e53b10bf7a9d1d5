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
    /** Ends with whether it succeeded, and never fails: nobody may be left to hear of it. */
    private CompletableFuture<Boolean> attempt = CompletableFuture.completedFuture(false);

    private String lastReason = "";

    Migrations(Runnable migrate) {
        this.migrate = migrate;
    }

    /** Completes at once after the first success; callers meanwhile share one attempt. */
    Mono<Void> done() {
        return Mono.defer(() -> Mono.fromFuture(attempt(), true))
                .filter(succeeded -> succeeded)
                .switchIfEmpty(
                        Mono.error(() -> Store.unavailable("The registry's tables could not be brought up to date.")))
                .then();
    }

    private synchronized CompletableFuture<Boolean> attempt() {
        if (attempt.isDone() && !attempt.join()) {
            attempt = CompletableFuture.supplyAsync(
                    this::run,
                    task -> Thread.ofPlatform()
                            .daemon()
                            .name("registry-migrations")
                            .start(task));
        }
        return attempt;
    }

    private boolean run() {
        try {
            migrate.run();
            return true;
        } catch (RuntimeException e) {
            String reason = String.valueOf(e.getMessage());
            if (!reason.equals(lastReason)) { // once, not at every attempt
                lastReason = reason;
                log.atWarn().addKeyValue("reason", reason.strip()).log("registry's tables not brought up to date");
            }
            return false;
        }
    }
}
