package io.headgate.perf;

import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Optional;

/** Who may pass the bench's route, changed back and forth: by what its policies permit, and by a revocation. */
final class LiveDecisions implements AutoCloseable {

    private static final String READER = "bench-reader";
    private static final int MINUTES = 10;

    private final LiveStack stack;
    private final Map<String, String> reader;
    private Optional<String> revocation = Optional.empty();

    /** @param stack whose route is guarded by policies */
    LiveDecisions(LiveStack stack) throws IOException, InterruptedException {
        this.stack = stack;
        this.reader = Map.of(
                "Authorization",
                "Bearer "
                        + stack.launcher().run("token", "--tenant", "acme", "--subject", READER, "--roles", "viewer"));
        stack.change(0);
    }

    private static boolean isRefused(int number) {
        return number % 2 == 1;
    }

    /** Odd numbers refuse the reader, even ones permit it again. */
    void changePolicies(int number) throws IOException, InterruptedException {
        stack.permit(isRefused(number) ? "nobody" : "viewer");
    }

    boolean showsPolicies(StackPart gateway, int number) throws InterruptedException {
        return stack.ask(gateway, reader) == (isRefused(number) ? 403 : 200);
    }

    /** Odd numbers revoke the reader, even ones lift that. */
    void changeRevocation(int number) throws IOException, InterruptedException {
        if (isRefused(number)) {
            revocation = Optional.of(stack.create(
                    "/admin/v1/revocations",
                    Map.of(
                            "tenant",
                            "acme",
                            "subject",
                            READER,
                            "expires",
                            Instant.now().plus(MINUTES, ChronoUnit.MINUTES).toString())));
        } else {
            close();
        }
    }

    boolean showsRevocation(StackPart gateway, int number) throws InterruptedException {
        return stack.ask(gateway, reader) == (isRefused(number) ? 401 : 200);
    }

    @Override
    public void close() throws IOException, InterruptedException {
        if (revocation.isPresent()) {
            stack.delete(revocation.get());
            revocation = Optional.empty();
        }
    }
}
