package io.headgate.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.gateway.admin.AdminClient.Answer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;

/**
 * Clients of counters over HTTP. Each writes its own and reads it, then a neighbour's twice, each time through another
 * instance; those that keep tokens also read at levels that owe nothing to tokens.
 */
final class CounterClients {

    private static final String TOKEN = "Headgate-Consistency";

    private final String path;
    private final ReadHistory history;
    private final boolean keepTokens;
    private final List<TestGateway> gateways;
    private final List<Client> clients;

    /** @param path of the counters, which nobody wrote before; each client's number follows */
    CounterClients(int count, String path, ReadHistory history, boolean keepTokens, List<TestGateway> gateways) {
        this.path = path;
        this.history = history;
        this.keepTokens = keepTokens;
        this.gateways = gateways;
        this.clients = IntStream.range(0, count).mapToObj(Client::new).toList();
    }

    /** Something that happens to the servers. */
    interface Disturbance {
        void happen();
    }

    /** So many rounds of each, in which nothing fails. */
    void together(int rounds) {
        all(
                client -> {
                    for (int round = 0; round < rounds; round++) {
                        client.round(true);
                    }
                },
                () -> {});
    }

    /** Rounds of each, before and while something happens, in which requests may fail; what is answered still counts. */
    void during(Disturbance disturbance) {
        var isOver = new AtomicBoolean();
        all(
                client -> {
                    do {
                        client.round(false);
                    } while (!isOver.get());
                },
                () -> {
                    try {
                        disturbance.happen();
                    } finally {
                        isOver.set(true);
                    }
                });
    }

    private interface Work {
        void of(Client client);
    }

    private void all(Work work, Runnable meanwhile) {
        try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> done = new ArrayList<>();
            clients.forEach(client -> done.add(executor.submit(() -> work.of(client))));
            meanwhile.run();
            for (Future<?> one : done) {
                one.get();
            }
        } catch (ExecutionException e) {
            throw new AssertionError(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private final class Client {

        private final int number;
        private String token = "";
        private int turn;
        private int value;

        Client(int number) {
            this.number = number;
        }

        void round(boolean isSteady) {
            write(isSteady);
            read(number, isSteady);
            read(number + 1, isSteady);
            read(number + 1, isSteady);
            if (keepTokens) {
                dated("strong", Duration.ZERO, isSteady);
                dated("bounded;max-age=2", Duration.ofSeconds(2), isSteady);
            }
        }

        private void write(boolean isSteady) {
            value++;
            String key = keyOf(number);
            Answer written = keep(gateway().edge("c" + number).send("PUT", key, Integer.toString(value), headers()));
            if (isAnswered(written, isSteady)) {
                history.wrote(number, key, value);
            }
        }

        private void read(int writer, boolean isSteady) {
            String key = keyOf(writer);
            Answer read = keep(gateway().edge("c" + number).get(key, headers()));
            if (isAnswered(read, isSteady)) {
                history.read(shown(key, read));
            }
        }

        /** A read that owes nothing to tokens: how old it may be, it says itself. */
        private void dated(String level, Duration maxAge, boolean isSteady) {
            String key = keyOf(number + 2);
            int atLeast = history.leastNow(key, maxAge);
            Answer read = gateway().edge("d" + number).get(key, "Headgate-Consistency-Level", level);
            if (isAnswered(read, isSteady)) {
                history.dated(shown(key, read), atLeast);
            }
        }

        private String keyOf(int writer) {
            return path + writer % clients.size();
        }

        private static boolean isAnswered(Answer answer, boolean isSteady) {
            if (isSteady) {
                assertThat(answer.status()).as(answer.toString()).isEqualTo(200);
            }
            return answer.status() == 200;
        }

        private ReadHistory.Read shown(String key, Answer answer) {
            return new ReadHistory.Read(
                    number,
                    key,
                    Integer.parseInt(answer.text()),
                    answer.header("Headgate-Consistency-Outcome").orElse(""));
        }

        private String[] headers() {
            return keepTokens
                    ? token.isEmpty() ? new String[0] : new String[] {TOKEN, token}
                    : new String[] {"Headgate-Consistency-Level", "eventual"};
        }

        private Answer keep(Answer answer) {
            answer.header(TOKEN).ifPresent(it -> token = it);
            return answer;
        }

        private TestGateway gateway() {
            return gateways.get(turn++ % gateways.size());
        }
    }
}
