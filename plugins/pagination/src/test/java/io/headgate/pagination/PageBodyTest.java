package io.headgate.pagination;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.api.ProblemException;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.core.io.buffer.NettyDataBufferFactory;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class PageBodyTest {

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();
    private static final int ROUNDS = Integer.getInteger("headgate.fuzz", 3_000);

    private final NettyDataBufferFactory buffers = new NettyDataBufferFactory(new PooledByteBufAllocator(false));
    private final List<DataBuffer> given = new ArrayList<>();
    private @Nullable PageSeen seen;

    @Test
    void passesTheItemsUntouchedWhereverTheAnswerIsCut() {
        String items =
                "[{\"a\":\"}]\\\"\\\\\",\"items\":[1,{\"total\":2}]} , [],\n -0.5e+10, \"\u00e9\uD83D\uDE00\\u00e9\","
                        + "null,true,{},123456789012345678901234567890]";
        for (String document : List.of(
                "{\"items\":" + items + ",\"total\":7}",
                "{\"total\":7,\"items\":" + items + "}",
                " \n{ \"x\":{\"items\":[9],\"total\":8,\"y\":[[{\"items\":1}]]}, \"total\" : 7 ,\"items\" :  " + items
                        + "\t, \"z\":\"items\"}\r\n",
                "\uFEFF{\"it\\u0065ms\":" + items + ",\"total\":7}")) {
            byte[] bytes = document.getBytes(StandardCharsets.UTF_8);
            for (int held : new int[] {0, 1 << 20}) {
                for (int first = 0; first <= bytes.length; first++) {
                    int start = document.startsWith("\uFEFF") ? Math.max(3, first) : first; // a mark comes whole
                    assertThat(rewritten(bytes, "/items", "/total", Long.MAX_VALUE, held, start))
                            .as(document + " cut at " + start)
                            .isEqualTo("{\"data\":" + items + "}");
                    assertThat(seen).isEqualTo(new PageSeen(8, false, Optional.of("7"), Optional.empty()));
                }
            }
        }
    }

    @Test
    void findsWhatJacksonFindsInAnyDocumentCutAnywhere() {
        for (int seed = 0; seed < ROUNDS; seed++) {
            var random = new Random(seed);
            String document = new RandomJson(random).document();
            byte[] bytes = document.getBytes(StandardCharsets.UTF_8);
            JsonNode tree = JSON.readTree(bytes);

            String answer =
                    rewritten(bytes, "/a/items", "/b/c", Long.MAX_VALUE, random.nextInt(64), cuts(random, bytes));

            JsonNode items = tree.at("/a/items");
            assertThat(JSON.readTree(answer).path("data"))
                    .as("seed " + seed + ": " + document)
                    .isEqualTo(items.isArray() ? items : JSON.createArrayNode());
            assertThat(seen().items()).as("seed " + seed).isEqualTo(items.size());
            JsonNode total = tree.at("/b/c");
            if (total.isString()) {
                assertThat(seen().total()).as("seed " + seed).hasValue(total.stringValue());
            } else if (total.isIntegralNumber()) {
                assertThat(seen().total().map(java.math.BigInteger::new))
                        .as("seed " + seed)
                        .hasValue(total.bigIntegerValue());
            } else if (!total.isNumber()) {
                assertThat(seen().total()).as("seed " + seed).isEmpty();
            }
            assertAllReleased();
        }
    }

    @Test
    void takesForBrokenWhatIsBrokenOnTheWayToTheItems() {
        int broken = 0;
        for (int seed = 0; seed < ROUNDS; seed++) {
            var random = new Random(seed);
            String document = mutated(new RandomJson(random).document(), random);
            byte[] bytes = bytes(document);
            Optional<NaivePage.Found> found = found(document);
            if (found.isPresent()) {
                assertThat(rewritten(bytes, "/a/items", "/b/c", Long.MAX_VALUE, 64, cuts(random, bytes)))
                        .as("seed " + seed + ": " + document)
                        .isEqualTo("{\"data\":" + found.get().items() + "}");
                assertThat(seen().items())
                        .as("seed " + seed)
                        .isEqualTo(found.get().count());
                assertThat(seen().total().isPresent())
                        .as("seed " + seed)
                        .isEqualTo(found.get().total().isPresent());
            } else {
                broken++;
                assertBroken(bytes, cuts(random, bytes));
            }
            assertAllReleased();
        }
        assertThat(broken).isGreaterThan(ROUNDS / 10);
    }

    @Test
    void passesOnWhatIsWrongWithinAnItem() {
        for (String item : List.of("{\"a\":tru}", "[1 2,,]", "{1:01}", "[\"\t\\x\\u12g4\"]", "{'a':NaN}")) {
            assertThat(rewritten(bytes("{\"items\":[0," + item + ",1]}"), "/items", "", 5, 0, 4))
                    .isEqualTo("{\"data\":[0," + item + ",1]}");
            assertThat(seen().items()).isEqualTo(3);
        }
    }

    @Test
    void breaksOffWhereTheBackendDidSo() {
        byte[] bytes = "{\"a\":{\"items\":[{\"x\":\"y\\u0041\"},-1.5e3,true]},\"b\":{\"c\":12}}  "
                .getBytes(StandardCharsets.UTF_8);
        for (int length = 0; length < bytes.length - 2; length++) {
            assertBroken(java.util.Arrays.copyOf(bytes, length), length / 2);
        }
    }

    @Test
    void refusesWhatCouldBeReadInTwoWays() {
        for (String document : List.of(
                "{\"items\":[1],\"items\":[2]}",
                "{\"items\":[1],\"it\\u0065ms\":[2]}",
                "{\"total\":1,\"items\":[],\"total\":2}",
                "{\"items\":{}}",
                "{\"items\":\"x\"}",
                "{\"items\":1}",
                "{\"items\":true}",
                "{\"other\":[]}",
                "[]",
                "1",
                "{\"items\":[]}{}",
                "{\"items\":[]} x",
                "{\"items\":[1,]}",
                "{\"items\":[,1]}",
                "{\"items\":[1 2]}",
                "{\"items\":[01]}",
                "{\"items\":[\"\t\"]}",
                "{\"items\":[\"\\x\"]}",
                "{\"items\":[\"\\u12g4\"]}",
                "{\"items\":[NaN]}",
                "{'items':[]}",
                "{\"items\":[]]",
                "{\"items\":[{\"a\":1]]}",
                "{\"items\":[[1}]}",
                "{\"items\":[{\"a\":\"x}]}",
                "{\"items\":[{\"a\"\\}]}",
                "{\"items\":[{}{}]}",
                "{\"items\":[[] 1]}",
                "{\"items\":[{},]}",
                "{\"items\":[],\"x\":{\"y\":[}}",
                "{\"items\":[],\"x\":tru}",
                "{\"items\":" + "[".repeat(65) + "]".repeat(65) + "}",
                "{\"items\":[],\"x\":" + "[".repeat(64) + "]".repeat(64) + "}")) {
            assertThat(failure(document.getBytes(StandardCharsets.UTF_8), "/items", "/total", 3))
                    .as(document)
                    .isInstanceOf(ProblemException.class)
                    .hasMessage("bad-gateway");
            assertAllReleased();
        }
    }

    @Test
    void takesNullForNoItemsAndTheRootForAList() {
        assertThat(rewritten(bytes("{\"items\": null}"), "/items", "", 5, 0, 4)).isEqualTo("{\"data\":[]}");
        assertThat(rewritten(bytes("{\"items\":[ ]}"), "/items", "", 5, 0, 4)).isEqualTo("{\"data\":[ ]}");
        assertThat(rewritten(bytes(" [1,2] "), "", "", 5, 0, 4)).isEqualTo("{\"data\":[1,2]}");
        assertThat(seen()).isEqualTo(new PageSeen(2, false, Optional.empty(), Optional.empty()));
    }

    @Test
    void leavesOutTheItemThatWasAskedForToLookAhead() {
        byte[] bytes = bytes("{\"items\":[{\"a\":[1,2]} , [3,4],\"5,6\" ,{\"b\":7}],\"more\":[1,2]}");
        for (int first = 0; first < bytes.length; first++) {
            assertThat(rewritten(bytes, "/items", "", 2, first % 2 * 100, first))
                    .isEqualTo("{\"data\":[{\"a\":[1,2]} , [3,4]]}");
            assertThat(seen()).isEqualTo(new PageSeen(2, true, Optional.empty(), Optional.empty()));
            assertThat(rewritten(bytes, "/items", "", 4, 0, first)).contains("{\"b\":7}]}");
            assertThat(seen().isCut()).isFalse();
        }
    }

    @Test
    void readsTheBackendsCursorWhateverIsInIt() {
        for (String next : List.of("\"a\\\"b\\u00e9\\\\\"", "12345678901234567890", "null", "{}", "false", "\"\"")) {
            rewritten(bytes("{\"next\":" + next + ",\"items\":[]}"), UpstreamDialect.CURSOR, 9);
            JsonNode value = JSON.readTree(next);
            assertThat(seen().next())
                    .as(next)
                    .isEqualTo(value.isString() || value.isNumber() ? Optional.of(value.asString()) : Optional.empty());
        }
        assertThat(failure(bytes("{\"next\":\"" + "x".repeat(4_000) + "\",\"items\":[]}"), UpstreamDialect.CURSOR))
                .hasMessage("bad-gateway");
    }

    @Test
    void holdsNoMoreThanItMayWhateverTheSizeOfThePage() {
        int parts = 2_000;
        byte[] part = bytes("{\"x\":\"" + "y".repeat(10_000) + "\"},");
        AtomicLong held = new AtomicLong();
        AtomicLong most = new AtomicLong();
        Flux<DataBuffer> body = Flux.range(0, parts + 2).<DataBuffer>map(i -> {
            held.incrementAndGet();
            return buffer(i == 0 ? bytes("{\"items\":[") : i == parts + 1 ? bytes("0]}") : part);
        });
        var page = page(PageFixture.upstream(UpstreamDialect.OFFSET, "/items", ""), Long.MAX_VALUE, 64 * 1024);

        AtomicLong bytes = new AtomicLong();
        StepVerifier.create(page.rewrite(body).doOnNext(passing -> {
                    most.set(Math.max(most.get(), held.getAndSet(0)));
                    bytes.addAndGet(passing.readableByteCount());
                    DataBufferUtils.release(passing);
                }))
                .thenConsumeWhile(passing -> true)
                .verifyComplete();

        assertThat(bytes).hasValue("{\"data\":[0]}".length() + (long) parts * part.length);
        assertThat(most.get()).as("buffers taken for one that leaves").isLessThanOrEqualTo(8);
        assertAllReleased();
    }

    @Test
    void asksForNoMoreThanIsWantedAndGivesBackWhatItHoldsOnCancel() {
        AtomicLong taken = new AtomicLong();
        Flux<DataBuffer> endless = Flux.<DataBuffer>generate(
                sink -> sink.next(buffer(bytes(taken.getAndIncrement() == 0 ? "{\"items\":[" : "1,"))));
        var page = page(PageFixture.upstream(UpstreamDialect.OFFSET, "/items", ""), Long.MAX_VALUE, 0);

        StepVerifier.create(page.rewrite(endless), 3)
                .expectNextCount(3)
                .thenCancel()
                .verify();

        assertThat(taken.get()).isEqualTo(3);
        given.forEach(DataBufferUtils::release); // by the client, in life
        given.clear();
        var holding = page(PageFixture.upstream(UpstreamDialect.OFFSET, "/items", ""), Long.MAX_VALUE, 1 << 20);
        StepVerifier.create(holding.rewrite(Flux.concat(Flux.just(buffer(bytes("{\"items\":[1,2,"))), Flux.never())))
                .thenRequest(1)
                .thenCancel()
                .verify();
        assertThat(given)
                .allSatisfy(buffer -> assertThat(
                                NettyDataBufferFactory.toByteBuf(buffer).refCnt())
                        .isZero());
    }

    private static int[] cuts(Random random, byte[] bytes) {
        int[] cuts =
                random.ints(random.nextInt(6), 0, bytes.length + 1).sorted().toArray();
        return random.nextInt(4) == 0
                ? java.util.stream.IntStream.range(0, bytes.length).toArray()
                : cuts;
    }

    /** One character changed, left out or put in; printable, so that only the grammar is asked. */
    private static String mutated(String document, Random random) {
        var text = new StringBuilder(document.replaceAll("[^ -~]", "?"));
        int at = random.nextInt(text.length());
        String some = "{}[]\",:\\0123456789-+.eEtfnu x";
        char other = some.charAt(random.nextInt(some.length()));
        switch (random.nextInt(3)) {
            case 0 -> text.setCharAt(at, other);
            case 1 -> text.insert(at, other);
            default -> text.deleteCharAt(at);
        }
        return text.toString();
    }

    private static Optional<NaivePage.Found> found(String document) {
        try {
            return Optional.of(NaivePage.read(document, List.of("a", "items"), List.of("b", "c")));
        } catch (IllegalArgumentException | JacksonException e) {
            return Optional.empty();
        }
    }

    private void assertBroken(byte[] bytes, int... cuts) {
        assertThat(failure(bytes, "/a/items", "/b/c", cuts))
                .as(new String(bytes, StandardCharsets.UTF_8))
                .isInstanceOf(ProblemException.class)
                .hasMessage("bad-gateway");
    }

    private @Nullable Throwable failure(byte[] bytes, String items, String total, int... cuts) {
        return failure(PageFixture.upstream(UpstreamDialect.OFFSET, items, total), bytes, cuts);
    }

    private @Nullable Throwable failure(byte[] bytes, UpstreamDialect dialect) {
        return failure(PageFixture.upstream(dialect), bytes);
    }

    private @Nullable Throwable failure(UpstreamPages upstream, byte[] bytes, int... cuts) {
        var failure = new java.util.concurrent.atomic.AtomicReference<@Nullable Throwable>();
        page(upstream, Long.MAX_VALUE, 8)
                .rewrite(parts(bytes, cuts))
                .doOnNext(DataBufferUtils::release)
                .doOnError(failure::set)
                .onErrorComplete()
                .blockLast();
        return failure.get();
    }

    private String rewritten(byte[] bytes, UpstreamDialect dialect, int... cuts) {
        return rewritten(PageFixture.upstream(dialect), bytes, Long.MAX_VALUE, 0, cuts);
    }

    private String rewritten(byte[] bytes, String items, String total, long most, int held, int... cuts) {
        return rewritten(PageFixture.upstream(UpstreamDialect.OFFSET, items, total), bytes, most, held, cuts);
    }

    private String rewritten(UpstreamPages upstream, byte[] bytes, long most, int held, int... cuts) {
        var out = new ByteArrayOutputStream();
        page(upstream, most, held)
                .rewrite(parts(bytes, cuts))
                .doOnNext(passing -> {
                    byte[] part = new byte[passing.readableByteCount()];
                    passing.read(part);
                    out.writeBytes(part);
                    DataBufferUtils.release(passing);
                })
                .blockLast();
        return out.toString(StandardCharsets.UTF_8);
    }

    private PageBody page(UpstreamPages upstream, long most, int held) {
        return new PageBody(buffers, upstream, PageFixture.limits(held), most, new PageBody.Ending() {
            @Override
            public byte[] of(PageSeen ended) {
                seen = ended;
                return bytes("}");
            }

            @Override
            public void wholeAnswer(long length) {}
        });
    }

    private Flux<DataBuffer> parts(byte[] bytes, int... cuts) {
        List<DataBuffer> parts = new ArrayList<>();
        int from = 0;
        for (int cut : cuts) {
            int to = Math.max(from, Math.min(cut, bytes.length));
            parts.add(buffer(java.util.Arrays.copyOfRange(bytes, from, to)));
            from = to;
        }
        parts.add(buffer(java.util.Arrays.copyOfRange(bytes, from, bytes.length)));
        return Flux.fromIterable(parts).doFinally(signal -> {});
    }

    private DataBuffer buffer(byte[] bytes) {
        DataBuffer buffer = buffers.allocateBuffer(Math.max(1, bytes.length)).write(bytes);
        given.add(buffer);
        return buffer;
    }

    /** Those that a broken answer never reached are the source's own to give back. */
    private void assertAllReleased() {
        given.forEach(buffer -> {
            if (NettyDataBufferFactory.toByteBuf(buffer).refCnt() > 1) {
                throw new AssertionError("a buffer is held more than once");
            }
        });
        given.removeIf(buffer -> NettyDataBufferFactory.toByteBuf(buffer).refCnt() == 0);
        given.forEach(DataBufferUtils::release);
        given.clear();
    }

    private PageSeen seen() {
        return java.util.Objects.requireNonNull(seen);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
