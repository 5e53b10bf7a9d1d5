package io.headgate.ratelimit;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import org.redisson.api.RScript;
import org.redisson.api.RedissonClient;
import org.redisson.client.codec.StringCodec;

/** Counts in Redis, one script a step. The scripts go by their digest, and are sent again where Redis has lost them. */
final class RedisStore implements Store {

    private static final String TAKE = script("take");
    private static final String REFUND = script("refund");
    private static final String SETTLE = script("settle");
    private static final String BEAT = script("beat");
    private static final String LOOK = script("look");

    private static final int ANSWER = 5;

    private final RedissonClient redis;
    private final RScript scripts;
    private final String prefix;
    private final boolean isSplit;
    private final LongSupplier micros;

    /** @param micros the time, or 0 for Redis's own */
    RedisStore(RedissonClient redis, String prefix, boolean isSplit, LongSupplier micros) {
        this.redis = redis;
        this.scripts = redis.getScript(StringCodec.INSTANCE);
        this.prefix = prefix;
        this.isSplit = isSplit;
        this.micros = micros;
    }

    @Override
    public boolean isSplit() {
        return isSplit;
    }

    @Override
    public CompletableFuture<List<Standing>> take(List<Take> takes) {
        Call call = new Call(TAKE);
        for (Take take : takes) {
            call.key(take.place().key())
                    .with(take.cost())
                    .quota(take.place().quota())
                    .with(take.refuses() ? 1 : 0)
                    .memory(take.memory());
        }
        return call.numbers().thenApply(answer -> {
            List<Standing> standings = new ArrayList<>(takes.size());
            for (int i = 0; i < takes.size(); i++) {
                standings.add(standing(answer, i * ANSWER));
            }
            return standings;
        });
    }

    @Override
    public CompletableFuture<Void> refund(List<Take> takes) {
        Call call = new Call(REFUND);
        for (Take take : takes) {
            call.key(take.place().key()).with(take.cost()).quota(take.place().quota());
        }
        return call.number().thenApply(done -> null);
    }

    @Override
    public CompletableFuture<Settled> settle(Settlement it) {
        return new Call(SETTLE)
                .key(it.place().key())
                .quota(it.place().quota())
                .memory(it.memory())
                .with(it.holder())
                .with(it.sequence())
                .with(it.held())
                .with(it.returned())
                .with(it.need())
                .with(it.more())
                .with(it.lifetime().toNanos() / 1_000)
                .numbers()
                .thenApply(answer -> new Settled(answer.get(0) == 1, answer.get(1), standing(answer, 2)));
    }

    @Override
    public CompletableFuture<Beat> beat(String instance, Duration lifetime) {
        return new Call(BEAT)
                .key(prefix + ":limits:instances")
                .with(instance)
                .with(lifetime.toNanos() / 1_000)
                .texts()
                .thenApply(answer -> new Beat(Long.parseLong(answer.getFirst()), answer.subList(1, answer.size())));
    }

    /** One call a bucket where they may live apart. */
    @Override
    public CompletableFuture<List<Level>> look(List<Place> places) {
        List<CompletableFuture<Level>> each = places.stream().map(this::look).toList();
        return all(each);
    }

    private CompletableFuture<Level> look(Place place) {
        return new Call(LOOK)
                .key(place.key())
                .quota(place.quota())
                .numbers()
                .thenApply(it -> new Level(it.get(0) == 1, it.get(1), it.get(2), it.get(3), it.get(4)));
    }

    @Override
    public CompletableFuture<Void> publish(String name, String text, Duration lifetime) {
        return redis.<String>getBucket(published(name), StringCodec.INSTANCE)
                .setAsync(text, lifetime)
                .toCompletableFuture();
    }

    @Override
    public CompletableFuture<List<String>> published(List<String> names) {
        return all(names.stream()
                .map(name -> redis.<String>getBucket(published(name), StringCodec.INSTANCE)
                        .getAsync()
                        .toCompletableFuture()
                        .thenApply(text -> text == null ? "" : text))
                .toList());
    }

    private String published(String name) {
        return prefix + ":limits:traffic:" + name;
    }

    private static <T> CompletableFuture<List<T>> all(List<CompletableFuture<T>> each) {
        return CompletableFuture.allOf(each.toArray(CompletableFuture[]::new))
                .thenApply(done -> each.stream().map(CompletableFuture::join).toList());
    }

    private static Standing standing(List<Long> answer, int at) {
        return new Standing(
                answer.get(at) == 1,
                answer.get(at + 1),
                answer.get(at + 2),
                answer.get(at + 3),
                Approach.values()[answer.get(at + 4).intValue()]);
    }

    private static String script(String name) {
        return resource("bucket") + resource(name);
    }

    private static String resource(String name) {
        try (InputStream stream = RedisStore.class.getResourceAsStream(name + ".lua")) {
            if (stream == null) {
                throw new IllegalStateException(name + ".lua is not on the class path");
            }
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** One run of a script. */
    private final class Call {

        private final String script;
        private final List<Object> keys = new ArrayList<>();
        private final List<Object> values = new ArrayList<>();

        Call(String script) {
            this.script = script;
            with(micros.getAsLong());
        }

        Call key(String key) {
            keys.add(key);
            return this;
        }

        Call with(long number) {
            return with(Long.toString(number));
        }

        Call with(String text) {
            values.add(text);
            return this;
        }

        Call memory(Memory memory) {
            return with(memory.debit()).with(memory.used());
        }

        Call quota(Quota quota) {
            return with(quota.burstMicros()).with(quota.quota()).with(quota.seconds());
        }

        CompletableFuture<List<Long>> numbers() {
            return run(RScript.ReturnType.LIST);
        }

        CompletableFuture<List<String>> texts() {
            return run(RScript.ReturnType.LIST);
        }

        CompletableFuture<Long> number() {
            return run(RScript.ReturnType.LONG);
        }

        private <R> CompletableFuture<R> run(RScript.ReturnType type) {
            return scripts.<R>evalAsync(RScript.Mode.READ_WRITE, script, type, keys, values.toArray())
                    .toCompletableFuture();
        }
    }
}
