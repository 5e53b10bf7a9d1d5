package io.headgate.export;

import static io.headgate.export.JobFixture.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.headgate.api.BadSettingException;
import io.headgate.export.FakeS3.Fault;
import io.headgate.export.FakeS3.Operation;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

class S3StorageTest {

    private static final StoredName NAME = new StoredName(UUID.randomUUID(), 1, "csv");
    private static final String KEY = "some/where/" + NAME;
    private static final int CHUNK = 64 * 1024;

    private final FakeS3 bucket = new FakeS3();
    private final List<S3Storage> opened = new ArrayList<>();
    private final S3Storage storage = open("s3.timeout", "30s");

    private S3Storage open(String setting, String value) {
        var open = S3Storage.open(
                "s3://exports/some/where", settings().with(setting, value).read(), Clock.systemUTC());
        opened.add(open);
        return open;
    }

    private JobSettings settings() {
        return bucket.in(JobSettings.quick()).with("s3.part-size", "5MB");
    }

    @AfterEach
    void close() {
        opened.forEach(storage -> await(storage.close().thenReturn(true)));
        bucket.close();
    }

    @Test
    void aLargeFileGoesUpInPartsAndIsReadBackWholeAndInPart() {
        byte[] content = content(12 << 20);

        JobStorage.Stored stored = await(storage.write(NAME, chunks(content)));

        assertThat(stored).isEqualTo(new JobStorage.Stored(NAME.toString(), content.length, Digests.hex(content)));
        assertThat(bucket.objects).containsOnlyKeys(KEY);
        assertThat(bucket.begun()).isEmpty();
        assertThat(bucket.count(Operation.PART)).isEqualTo(3);
        assertThat(read(0, content.length)).isEqualTo(content);
        assertThat(read(1000, 7)).isEqualTo(Arrays.copyOfRange(content, 1000, 1007));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 10, 5 << 20})
    void aSmallFileIsOneRequest(int length) {
        byte[] content = content(length);

        await(storage.write(NAME, chunks(content)));

        assertThat(bucket.objects.get(KEY)).isEqualTo(content);
        assertThat(bucket.count(Operation.PUT)).isOne();
        assertThat(bucket.count(Operation.BEGIN)).isZero();
    }

    @ParameterizedTest
    @EnumSource(names = {"BUSY", "TOO_MANY", "SLOW_BODY", "CUT", "CUT_AFTER"})
    void whatMayPassIsTriedAgain(Fault fault) {
        byte[] content = content(6 << 20);
        for (Operation operation : List.of(Operation.BEGIN, Operation.PART, Operation.COMPLETE)) {
            bucket.fail(operation, fault);
        }

        JobStorage.Stored stored = await(storage.write(NAME, chunks(content)));

        assertThat(stored.sha256()).isEqualTo(Digests.hex(content));
        assertThat(bucket.objects.get(KEY)).isEqualTo(content);
    }

    @Test
    void anErrorInAnAnswerThatBeganWellIsAnError() {
        byte[] content = content(6 << 20);
        bucket.fail(Operation.COMPLETE, Fault.LATE_ERROR);

        await(storage.write(NAME, chunks(content)));

        assertThat(bucket.count(Operation.COMPLETE)).isEqualTo(2);
        assertThat(bucket.objects.get(KEY)).isEqualTo(content);
    }

    @Test
    void whatDoesNotPassIsNotTriedAgain() {
        bucket.fail(Operation.PUT, Fault.DENIED);

        assertThat(failure(storage.write(NAME, chunks(content(10))))).hasMessage("S3 answered 403 AccessDenied");

        assertThat(bucket.count(Operation.PUT)).isOne();
    }

    @Test
    void whatIsRefusedTooOftenFailsAndIsCalledOff() {
        bucket.fail(Operation.PART, Fault.BUSY, Fault.BUSY, Fault.BUSY, Fault.BUSY);

        assertThat(failure(storage.write(NAME, chunks(content(6 << 20))))).hasMessage("S3 answered 503 SlowDown");

        assertThat(bucket.begun()).isEmpty();
        assertThat(bucket.objects).isEmpty();
    }

    @Test
    void aFailureIsToldAsItWasWhereTheUploadCannotBeCalledOff() {
        bucket.fail(Operation.PART, Fault.DENIED);
        bucket.fail(Operation.CALL_OFF, Fault.DENIED);

        assertThat(failure(storage.write(NAME, chunks(content(6 << 20))))).hasMessage("S3 answered 403 AccessDenied");

        assertThat(bucket.begun()).containsExactly(KEY);
    }

    @Test
    void aServiceThatSaysNothingIsNotWaitedForForEver() {
        S3Storage impatient = open("s3.timeout", "200ms");
        bucket.fail(Operation.DELETE, Fault.SILENCE, Fault.SILENCE, Fault.SILENCE, Fault.SILENCE);

        assertThat(failure(impatient.delete(NAME.toString()).thenReturn(true))).isInstanceOf(IOException.class);
    }

    @Test
    void wrongKeysAreRefused() {
        S3Storage stranger = open("s3.secret-key", "another");

        assertThat(failure(stranger.write(NAME, chunks(content(10)))))
                .hasMessage("S3 answered 403 SignatureDoesNotMatch");
        assertThat(bucket.objects).isEmpty();
    }

    @Test
    void contentThatBreaksOffLeavesNothing() {
        Flux<DataBuffer> broken = chunks(content(6 << 20))
                .concatWith(Flux.interval(Duration.ofMillis(10))
                        .onBackpressureDrop()
                        .filter(_ -> bucket.count(Operation.PART) > 0)
                        .next()
                        .then(Mono.error(new IOException("cut"))));

        assertThat(failure(storage.write(NAME, broken))).hasMessage("cut");

        assertThat(bucket.begun()).isEmpty();
        assertThat(bucket.objects).isEmpty();
    }

    @Test
    void whatNobodyWaitsForAnyMoreIsCalledOff() {
        var writing = storage.write(NAME, chunks(content(6 << 20)).concatWith(Flux.never()))
                .subscribe();
        Eventually.until("an upload has begun", () -> bucket.count(Operation.PART) == 1);

        writing.dispose();

        Eventually.until("it is called off", () -> bucket.begun().isEmpty());
        assertThat(bucket.objects).isEmpty();
    }

    @Test
    void goesOnReadingWhereTheConnectionBroke() {
        byte[] content = content(3 << 20);
        bucket.objects.put(KEY, content);
        bucket.fail(Operation.READ, Fault.CUT_AFTER, Fault.CUT_AFTER, Fault.CUT, Fault.BUSY, Fault.CUT_AFTER);

        assertThat(read(5, content.length - 5)).isEqualTo(Arrays.copyOfRange(content, 5, content.length));
    }

    @Test
    void goesOnReadingWhereAnAnswerEndedEarly() {
        byte[] content = content(1000);
        bucket.objects.put(KEY, content);
        bucket.fail(Operation.READ, Fault.SHORT, Fault.SHORT);

        assertThat(read(0, content.length)).isEqualTo(content);
        assertThat(bucket.count(Operation.READ)).isEqualTo(3);
    }

    @Test
    void aFileThatIsShorterThanItShouldBeIsAnError() {
        bucket.objects.put(KEY, content(10));

        assertThat(failure(storage.read(NAME.toString(), 0, 11).collectList()))
                .hasMessage("S3 sent 10 bytes (expected: 11)");
    }

    @Test
    void aFileThatIsNotThereIsAnErrorToWhoReadsItAndNoneToWhoDeletesIt() {
        assertThat(failure(storage.read(NAME.toString(), 0, 1).next())).hasMessage("S3 answered 404 NoSuchKey");

        await(storage.delete(NAME.toString()).thenReturn(true));
        await(storage.delete(NAME + "?upload=gone").thenReturn(true));
    }

    @Test
    void listsAllThatIsThereAndAllThatHasBegunAndDeletesBoth() {
        List<StoredName> names = new ArrayList<>();
        for (int fence = 1; fence <= 5; fence++) {
            names.add(new StoredName(NAME.job(), fence, "csv"));
            bucket.objects.put("some/where/" + names.getLast(), new byte[1]);
            names.add(new StoredName(NAME.job(), 10 + fence, "csv"));
            bucket.begin("some/where/" + names.getLast());
        }
        bucket.objects.put("some/where/notes.txt", new byte[1]);
        bucket.objects.put("else/where/" + NAME, new byte[1]);

        List<JobStorage.Found> found = await(storage.list(Instant.now()).collectList());
        assertThat(found).extracting(JobStorage.Found::name).containsExactlyInAnyOrderElementsOf(names);
        found.forEach(file -> await(storage.delete(file.location()).thenReturn(true)));

        assertThat(bucket.objects).containsOnlyKeys("some/where/notes.txt", "else/where/" + NAME);
        assertThat(bucket.begun()).isEmpty();
        assertThat(await(storage.list(Instant.EPOCH).collectList())).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            s3://exports      | s3.access-key | | headgate.exports.jobs.s3.access-key: '' (expected
            s3://exports      | s3.secret-key | | headgate.exports.jobs.s3.secret-key: '' (expected
            s3://Exports/a    | s3.region | x | headgate.exports.jobs.storage: 's3://Exports/a' (expected: s3://bucket/prefix
            s3://exports/a b  | s3.region | x | headgate.exports.jobs.storage
            s3://exports//a   | s3.region | x | headgate.exports.jobs.storage
            s3://exports      | s3.region | EU | headgate.exports.jobs.s3.region: 'EU' (expected: as eu-central-1)
            s3://exports      | s3.endpoint | x:1 | headgate.exports.jobs.s3.endpoint: 'x:1' (expected: http[s]://host[:port])
            s3://exports      | s3.endpoint | http://x/y | headgate.exports.jobs.s3.endpoint
            s3://exports      | s3.endpoint | http://me:hush@x | headgate.exports.jobs.s3.endpoint: '...' (expected: http[s]://host[:port])
            s3://exports      | s3.part-size | 1MB | headgate.exports.jobs.s3.part-size
            s3://exports      | s3.attempts | 0 | headgate.exports.jobs.s3.attempts: 0 (expected: 1..20)
            """)
    void saysWhatIsWrongWithASetting(String place, String setting, String value, String message) {
        Throwable thrown = catchThrowable(() -> S3Storage.open(
                place, settings().with(setting, value == null ? "" : value).read(), Clock.systemUTC()));

        assertThat(NestedExceptionUtils.getMostSpecificCause(thrown))
                .isInstanceOf(BadSettingException.class)
                .hasMessageContaining(message);
    }

    @Test
    void keysAreNotTold() {
        assertThat(settings().read().toString()).doesNotContain(FakeS3.SECRET_KEY, FakeS3.ACCESS_KEY + ",");
    }

    private byte[] read(long from, long length) {
        return await(DataBufferUtils.join(storage.read(NAME.toString(), from, length))
                .map(buffer -> {
                    byte[] bytes = new byte[buffer.readableByteCount()];
                    buffer.read(bytes);
                    return bytes;
                }));
    }

    private static Throwable failure(Mono<?> work) {
        return await(work.<Throwable>map(value -> new AssertionError("no failure but " + value))
                .onErrorResume(Mono::just));
    }

    private static byte[] content(int length) {
        byte[] content = new byte[length];
        new Random(length).nextBytes(content);
        return content;
    }

    private static Flux<DataBuffer> chunks(byte[] content) {
        return Flux.range(0, (content.length + CHUNK - 1) / CHUNK)
                .map(i -> DefaultDataBufferFactory.sharedInstance.wrap(
                        Arrays.copyOfRange(content, i * CHUNK, Math.min(content.length, (i + 1) * CHUNK))));
    }
}
