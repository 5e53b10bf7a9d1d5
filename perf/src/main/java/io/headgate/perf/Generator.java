package io.headgate.perf;

import com.sun.management.OperatingSystemMXBean;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * Puts load on a port and counts what comes back. As a process it lives through all rounds, so that its own compiler
 * has long finished when it counts: one plan as JSON a line in, one result a line out, {@code stop} ends a run early.
 *
 * <p>All of it happens on one event loop, which makes the state of a run plain fields.
 */
final class Generator implements AutoCloseable {
    private static final long DRAIN_MILLIS = 5_000;
    private static final OperatingSystemMXBean SYSTEM =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    private final EventLoopGroup loop = Loops.one();

    static void main() throws Exception {
        PrintStream results = System.out;
        System.setOut(System.err); // whatever else prints must not come between the results
        var plans = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        try (var generator = new Generator()) {
            var run = CompletableFuture.<LoadResult>completedFuture(null);
            Runnable stop = () -> {};
            for (String line = plans.readLine(); line != null; line = plans.readLine()) {
                if (line.equals("stop")) {
                    stop.run();
                    continue;
                }
                run.join();
                Run next = generator.prepare(Json.read(line, LoadPlan.class));
                stop = next::finish;
                run = next.start();
                run.thenAccept(result -> results.println(Json.line(result)));
            }
        }
        Runtime.getRuntime().halt(0);
    }

    LoadResult run(LoadPlan plan) throws InterruptedException, ExecutionException {
        return prepare(plan).start().get();
    }

    private Run prepare(LoadPlan plan) {
        return new Run(plan, loop);
    }

    @Override
    public void close() {
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }

    /** The state of one run; after {@link #start} only the event loop touches it. */
    private static final class Run {
        private final LoadPlan plan;
        private final EventLoopGroup loop;
        private final ByteBuf[] requests;
        private final CompletableFuture<LoadResult> result = new CompletableFuture<>();
        private final Histogram latencies = new Histogram(TimeUnit.MINUTES.toNanos(2), 3);
        private final SplittableRandom random = new SplittableRandom(42);
        private final List<Connection> connections = new ArrayList<>();
        private final ArrayDeque<Connection> idle = new ArrayDeque<>();
        private final long interval;

        private long began;
        private long ended;
        private long cpuAtStart;
        private long sent;
        private long completed;
        private long failed;
        private int inFlight;
        private boolean timerSet;
        private String failure = "";

        Run(LoadPlan plan, EventLoopGroup loop) {
            this.plan = plan;
            this.loop = loop;
            this.requests = new ByteBuf[plan.spread()];
            for (int i = 0; i < requests.length; i++) {
                requests[i] = request(plan, i);
            }
            this.interval = plan.rate() == 0 ? 0 : TimeUnit.SECONDS.toNanos(1) / plan.rate();
        }

        private static ByteBuf request(LoadPlan plan, int i) {
            var head = new StringBuilder("GET ")
                    .append(plan.path().replace("{i}", Integer.toString(i)))
                    .append(" HTTP/1.1\r\nHost: 127.0.0.1:")
                    .append(plan.port())
                    .append("\r\nUser-Agent: headgate-bench\r\nAccept: application/json\r\n");
            plan.headers()
                    .forEach((name, value) ->
                            head.append(name).append(": ").append(value).append("\r\n"));
            byte[] bytes = head.append("\r\n").toString().getBytes(StandardCharsets.US_ASCII);
            return Unpooled.unreleasableBuffer(
                    Unpooled.directBuffer(bytes.length).writeBytes(bytes));
        }

        CompletableFuture<LoadResult> start() {
            var bootstrap = Loops.client(loop, new ChannelInitializer<>() {
                @Override
                protected void initChannel(Channel channel) {
                    channel.pipeline().addLast(new Connection(Run.this));
                }
            });
            var opening = new ArrayList<ChannelFuture>();
            for (int i = 0; i < plan.connections(); i++) {
                opening.add(bootstrap.connect(InetAddress.getLoopbackAddress(), plan.port()));
            }
            loop.execute(() -> begin(opening));
            return result;
        }

        private void begin(List<ChannelFuture> opening) {
            int[] open = {0};
            for (var connect : opening) {
                connect.addListener(done -> {
                    if (done.isSuccess()) {
                        connections.add(connect.channel().pipeline().get(Connection.class));
                    } else {
                        fail("cannot connect: " + done.cause());
                    }
                    if (++open[0] == plan.connections()) {
                        go();
                    }
                });
            }
        }

        private void go() {
            cpuAtStart = SYSTEM.getProcessCpuTime();
            began = System.nanoTime();
            ended = began + plan.duration().toNanos();
            loop.schedule(this::finish, plan.duration().toNanos(), TimeUnit.NANOSECONDS);
            if (plan.rate() == 0) {
                List.copyOf(connections).forEach(connection -> send(connection, System.nanoTime()));
            } else {
                idle.addAll(connections);
                sendWhatIsDue();
            }
        }

        /** Sends each request at its time, or as soon after it as a connection is free, and sets the next timer. */
        private void sendWhatIsDue() {
            long now = System.nanoTime();
            for (long due = due(); due <= now && due < ended && !idle.isEmpty(); due = due()) {
                send(idle.pop(), due);
            }
            long wait = due() - now;
            if (wait > 0 && !timerSet && due() < ended) {
                timerSet = true;
                loop.schedule(
                        () -> {
                            timerSet = false;
                            sendWhatIsDue();
                        },
                        wait,
                        TimeUnit.NANOSECONDS);
            }
        }

        private long due() {
            return began + sent * interval;
        }

        private void send(Connection connection, long since) {
            sent++;
            inFlight++;
            int i = requests.length == 1 ? 0 : random.nextInt(requests.length);
            connection.send(requests[i].duplicate(), since);
        }

        private void answered(Connection connection, int status, long since) {
            inFlight--;
            long now = System.nanoTime();
            if (status < 200 || status > 299) {
                fail("status " + status);
            } else if (now <= ended || plan.rate() > 0) {
                completed++;
                latencies.recordValue(Math.min(now - since, latencies.getHighestTrackableValue()));
            }
            if (now >= ended) {
                drained();
            } else if (plan.rate() == 0) {
                send(connection, now);
            } else {
                idle.push(connection);
                sendWhatIsDue();
            }
        }

        private void broken(Connection connection, boolean waiting, String why) {
            idle.remove(connection);
            if (waiting) {
                inFlight--;
                fail(why);
                drained();
            }
        }

        private void fail(String why) {
            failed++;
            failure = failure.isEmpty() ? why : failure;
        }

        /** Ends the run now, which is its planned end unless someone asked for less. */
        void finish() {
            loop.execute(() -> {
                ended = Math.min(ended, System.nanoTime());
                loop.schedule(
                        () -> complete("no answer within " + DRAIN_MILLIS + " ms"),
                        DRAIN_MILLIS,
                        TimeUnit.MILLISECONDS);
                drained();
            });
        }

        private void drained() {
            if (inFlight == 0 && System.nanoTime() >= ended) {
                complete("");
            }
        }

        private void complete(String open) {
            if (result.isDone()) {
                return;
            }
            for (; inFlight > 0; inFlight--) {
                fail(open);
            }
            long cpu = SYSTEM.getProcessCpuTime() - cpuAtStart;
            connections.forEach(Connection::close);
            long due = plan.rate() == 0 ? sent : (ended - began) / interval;
            result.complete(new LoadResult(
                    completed,
                    failed,
                    Math.max(0, due - sent),
                    failure,
                    (ended - began) / 1e9,
                    micros(50),
                    micros(90),
                    micros(99),
                    micros(99.9),
                    latencies.getMaxValue() / 1e3,
                    cpu / 1e3 / Math.max(1, sent)));
        }

        private double micros(double percentile) {
            return latencies.getValueAtPercentile(percentile) / 1e3;
        }
    }

    /** One keep-alive connection with at most one request under way; answers must carry a Content-Length. */
    private static final class Connection extends ByteToMessageDecoder {
        private final Run run;
        private ChannelHandlerContext context;
        private long since;
        private long bodyLeft = -1;
        private int status;
        private boolean waiting;
        private boolean closing;

        @SuppressWarnings("NullAway.Init") // set when the channel opens, which is before anything else happens
        Connection(Run run) {
            this.run = run;
        }

        void send(ByteBuf request, long since) {
            this.since = since;
            waiting = true;
            context.writeAndFlush(request, context.voidPromise());
        }

        void close() {
            closing = true;
            context.close();
        }

        @Override
        public void handlerAdded(ChannelHandlerContext ctx) {
            context = ctx;
        }

        @Override
        protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
            if (bodyLeft < 0 && !head(in)) {
                return;
            }
            int size = (int) Math.min(bodyLeft, in.readableBytes());
            in.skipBytes(size);
            bodyLeft -= size;
            if (bodyLeft == 0) {
                bodyLeft = -1;
                waiting = false;
                run.answered(this, status, since);
            }
        }

        private boolean head(ByteBuf in) {
            int end = Heads.end(in);
            if (end < 0) {
                return false;
            }
            status = Heads.status(in);
            bodyLeft = Heads.contentLength(in, end);
            in.readerIndex(end);
            if (bodyLeft < 0) {
                lost("an answer with status " + status + " and no Content-Length");
                return false;
            }
            return true;
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            lost("the connection was closed on us");
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            lost(cause.toString());
        }

        private void lost(String why) {
            if (!closing) {
                boolean hadRequest = waiting;
                waiting = false;
                close();
                run.broken(this, hadRequest, why);
            }
        }
    }
}
