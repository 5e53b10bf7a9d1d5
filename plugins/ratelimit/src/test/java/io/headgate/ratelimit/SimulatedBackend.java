package io.headgate.ratelimit;

import io.headgate.ratelimit.TenantShares.Account;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;

/**
 * A backend of a few workers with a queue before them, behind a throttle, and clients that ask at random moments and
 * never wait for an answer: all in a time that is made up, in one thread, the same at each run.
 */
final class SimulatedBackend {

    private static final long SECOND = Duration.ofSeconds(1).toNanos();

    private record Event(long nanos, long number, Runnable what) {}

    /** What became of one tenant's requests since {@link #forget}. */
    static final class Client {
        private final String tenant;
        private final Criticality criticality;
        private final String route;
        private double perSecond;
        private long turn;
        int asked;
        int refused;
        int answered;
        long nanos;

        private Client(String tenant, Criticality criticality, String route) {
            this.tenant = tenant;
            this.criticality = criticality;
            this.route = route;
        }

        double share() {
            return (double) answered / asked;
        }

        Duration mean() {
            return Duration.ofNanos(answered == 0 ? 0 : nanos / answered);
        }

        private void forget() {
            asked = 0;
            refused = 0;
            answered = 0;
            nanos = 0;
        }

        @Override
        public String toString() {
            return tenant + " " + criticality.word() + ": " + answered + " answered, " + refused + " refused of "
                    + asked + ", mean " + mean().toMillis() + " ms";
        }
    }

    private record Work(Client client, Seat seat, long sinceNanos) {}

    final Throttles throttles;
    final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final Random random = new Random(7);
    private final PriorityQueue<Event> events =
            new PriorityQueue<>(Comparator.comparingLong(Event::nanos).thenComparingLong(Event::number));
    private final Deque<Work> queue = new ArrayDeque<>();
    private final List<Client> clients = new ArrayList<>();
    private long now = SECOND;
    private long number;
    private int workers;
    private int busy;
    private Duration service;
    private double failing;

    SimulatedBackend(int workers, Duration service, LimitsProperties.Shedding settings) {
        this.workers = workers;
        this.service = service;
        this.throttles = new Throttles(settings, new ShedMetrics(meters), () -> now, random);
        tick();
    }

    Throttle throttle() {
        return throttles.of("http://backend");
    }

    /** @param workers none for one that hangs */
    void becomes(int workers, Duration service) {
        this.workers = workers;
        this.service = service;
        work();
    }

    void fails(double share) {
        failing = share;
    }

    Client client(String tenant, Criticality criticality, double perSecond) {
        return client(tenant, criticality, "reports/api", perSecond);
    }

    Client client(String tenant, Criticality criticality, String route, double perSecond) {
        var client = new Client(tenant, criticality, route);
        clients.add(client);
        asks(client, perSecond);
        return client;
    }

    void asks(Client client, double perSecond) {
        client.perSecond = perSecond;
        client.turn++;
        if (perSecond > 0) {
            next(client, client.turn);
        }
    }

    private void next(Client client, long turn) {
        after(exponential(SECOND / client.perSecond), () -> {
            if (client.turn == turn) {
                ask(client);
                next(client, turn);
            }
        });
    }

    void forget() {
        clients.forEach(Client::forget);
    }

    void run(Duration time) {
        long end = now + time.toNanos();
        while (!events.isEmpty() && events.peek().nanos() <= end) {
            Event event = events.remove();
            now = event.nanos();
            event.what().run();
        }
        now = end;
    }

    private void tick() {
        throttles.tick();
        after(Throttles.TICK.toNanos(), this::tick);
    }

    private void ask(Client client) {
        client.asked++;
        Account account = throttle().account(client.tenant);
        if (!throttles.admits(throttle(), client.criticality, account)) {
            client.refused++;
            return;
        }
        queue.add(new Work(client, throttle().seat(account, client.route).takenAndSent(), now));
        work();
    }

    private void work() {
        while (busy < workers && !queue.isEmpty()) {
            Work next = queue.remove();
            busy++;
            after(exponential(service.toNanos()), () -> {
                busy--;
                next.seat().end(random.nextDouble() < failing ? 503 : 200);
                next.client().answered++;
                next.client().nanos += now - next.sinceNanos();
                work();
            });
        }
    }

    private long exponential(double mean) {
        return Math.max(1, (long) (-Math.log(1 - random.nextDouble()) * mean));
    }

    private void after(long nanos, Runnable what) {
        events.add(new Event(now + nanos, number++, what));
    }
}
