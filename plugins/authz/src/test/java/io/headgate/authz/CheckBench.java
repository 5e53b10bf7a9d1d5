package io.headgate.authz;

import static io.headgate.authz.PolicyFixtures.ANALYSTS_READ;
import static io.headgate.authz.PolicyFixtures.ROUTE;
import static io.headgate.authz.PolicyFixtures.authority;
import static io.headgate.authz.PolicyFixtures.book;
import static io.headgate.authz.PolicyFixtures.caller;
import static io.headgate.authz.PolicyFixtures.section;
import static io.headgate.authz.PolicyFixtures.set;

import com.sun.management.OperatingSystemMXBean;
import io.headgate.api.Caller;
import io.headgate.api.RequestId;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import org.springframework.http.HttpCookie;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.codec.ServerCodecConfigurer;
import org.springframework.http.server.reactive.AbstractServerHttpRequest;
import org.springframework.http.server.reactive.AbstractServerHttpResponse;
import org.springframework.http.server.reactive.SslInfo;
import org.springframework.util.LinkedMultiValueMap;
import org.springframework.util.MultiValueMap;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.adapter.DefaultServerWebExchange;
import org.springframework.web.server.i18n.AcceptHeaderLocaleContextResolver;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * What one check costs: the filter from a known caller to a request that goes on, the event built but kept nowhere. A
 * process of the benches, which prints one line of JSON a measurement. Its one argument is how long each takes.
 */
public final class CheckBench {

    private static final OperatingSystemMXBean SYSTEM =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    private static final int MOST_SAMPLES = 2_000_000;
    private static final ServerCodecConfigurer CODECS = ServerCodecConfigurer.create();

    private CheckBench() {}

    public static void main(String[] args) throws Exception {
        long nanos = Long.parseLong(args[0]) * 1_000_000_000L;
        int many = Math.max(2, Runtime.getRuntime().availableProcessors());
        for (int policies : List.of(10, 200)) {
            AuthorizeFilter filter = filter(policies, many);
            for (int threads : List.of(1, many)) {
                measure("cached", policies, threads, nanos, filter, CheckBench::known);
                measure("uncached", policies, threads, nanos, filter, CheckBench::stranger);
            }
        }
        System.exit(0);
    }

    private static AuthorizeFilter filter(int count, int threads) {
        var policies = set();
        for (int i = 0; i < count - 2; i++) {
            policies.policy(
                    "role-" + i,
                    "permit(principal in Role::\"role-" + i + "\", action == Action::\"read\", resource is Report);");
        }
        policies.policy("analysts-read", ANALYSTS_READ)
                .policy(
                        "own-tenant",
                        "forbid(principal, action, resource) when { principal.tenant != resource.tenant };");
        var live = new PolicyFixtures.Live();
        live.serve(book(policies.resource()));
        Clock clock = Clock.systemUTC();
        var engine = PolicyFixtures.engine(
                live, BoundedThreads.of("bench", threads, 1_000), new CandidateReports(10), clock);
        return new AuthorizeFilter(
                authority(engine, event -> {}, clock),
                new RouteQuestions(section(AuthzMode.ENFORCE), ROUTE, clock),
                AuthzMode.ENFORCE);
    }

    private static final AtomicLong STRANGERS = new AtomicLong();

    private static Caller known() {
        return caller("acme", "ana", "analyst");
    }

    /** A subject that nobody has asked about. */
    private static Caller stranger() {
        return caller("acme", "s-" + STRANGERS.incrementAndGet(), "analyst");
    }

    private static void measure(
            String what, int policies, int threads, long nanos, AuthorizeFilter filter, Supplier<Caller> callers)
            throws Exception {
        run(threads, nanos, filter, callers); // nobody's p99 should be that of a cold JVM
        long cpu = SYSTEM.getProcessCpuTime();
        long[] samples = run(threads, nanos, filter, callers);
        double cpuMicros = (SYSTEM.getProcessCpuTime() - cpu) / 1e3 / samples.length;
        Arrays.sort(samples);
        System.out.printf(
                Locale.ROOT,
                "{\"what\":\"%s\",\"policies\":%d,\"threads\":%d,\"checks\":%d,\"p50\":%.2f,\"p99\":%.2f,\"cpu\":%.2f}%n",
                what,
                policies,
                threads,
                samples.length,
                samples[samples.length / 2] / 1e3,
                samples[(int) (samples.length * 0.99)] / 1e3,
                cpuMicros);
    }

    private static long[] run(int threads, long nanos, AuthorizeFilter filter, Supplier<Caller> callers)
            throws Exception {
        try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
            Callable<long[]> work = () -> checks(nanos, filter, callers);
            List<Callable<long[]>> all = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                all.add(work);
            }
            long[] joined = new long[0];
            for (Future<long[]> done : pool.invokeAll(all)) {
                long[] more = done.get();
                int before = joined.length;
                joined = Arrays.copyOf(joined, before + more.length);
                System.arraycopy(more, 0, joined, before, more.length);
            }
            return joined;
        }
    }

    private static long[] checks(long nanos, AuthorizeFilter filter, Supplier<Caller> callers) {
        long[] samples = new long[MOST_SAMPLES];
        int done = 0;
        int passed = 0;
        Mono<Void> rest = Mono.empty();
        ServerWebExchange exchange = exchange();
        for (long until = System.nanoTime() + nanos; done < samples.length && System.nanoTime() < until; done++) {
            Caller.KEY.put(exchange, callers.get());
            boolean[] goesOn = {false};
            long began = System.nanoTime();
            filter.filter(exchange, after -> {
                        goesOn[0] = true;
                        return rest;
                    })
                    .block();
            samples[done] = System.nanoTime() - began;
            passed += goesOn[0] ? 1 : 0;
        }
        if (passed != done) {
            throw new IllegalStateException((done - passed) + " of " + done + " checks did not pass (expected: 0)");
        }
        return Arrays.copyOf(samples, done);
    }

    private static ServerWebExchange exchange() {
        var exchange = new DefaultServerWebExchange(
                new Request(), new Response(), nobody -> Mono.empty(), CODECS, new AcceptHeaderLocaleContextResolver());
        RequestId.KEY.put(exchange, new RequestId("r-1"));
        return exchange;
    }

    private static final class Request extends AbstractServerHttpRequest {
        private static final URI PLACE = URI.create("http://127.0.0.1/api/reports/1");

        Request() {
            super(HttpMethod.GET, PLACE, "", new HttpHeaders());
        }

        @Override
        protected MultiValueMap<String, HttpCookie> initCookies() {
            return new LinkedMultiValueMap<>();
        }

        @Override
        protected @Nullable SslInfo initSslInfo() {
            return null;
        }

        @Override
        @SuppressWarnings("unchecked")
        public <T> T getNativeRequest() {
            return (T) Objects.requireNonNull(this);
        }

        @Override
        public Flux<DataBuffer> getBody() {
            return Flux.empty();
        }
    }

    private static final class Response extends AbstractServerHttpResponse {
        Response() {
            super(DefaultDataBufferFactory.sharedInstance);
        }

        @Override
        @SuppressWarnings("unchecked")
        public <T> T getNativeResponse() {
            return (T) this;
        }

        @Override
        protected Mono<Void> writeWithInternal(Publisher<? extends DataBuffer> body) {
            return Mono.empty();
        }

        @Override
        protected Mono<Void> writeAndFlushWithInternal(Publisher<? extends Publisher<? extends DataBuffer>> body) {
            return Mono.empty();
        }

        @Override
        protected void applyStatusCode() {}

        @Override
        protected void applyHeaders() {}

        @Override
        protected void applyCookies() {}
    }
}
