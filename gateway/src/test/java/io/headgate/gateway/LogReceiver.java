package io.headgate.gateway;

import io.headgate.local.LocalPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;

/** The process by which a replica receives the log: stopped, the replica trails without knowing. */
record LogReceiver(String pid) {

    static Optional<LogReceiver> of(LocalPostgres replica) {
        String pid = replica.query("postgres", "SELECT pid::text FROM pg_stat_wal_receiver");
        return pid.isEmpty() ? Optional.empty() : Optional.of(new LogReceiver(pid));
    }

    void stop() {
        signal("-STOP");
    }

    void goOn() {
        signal("-CONT");
    }

    private void signal(String signal) {
        try {
            new ProcessBuilder("kill", signal, pid).start().waitFor();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
