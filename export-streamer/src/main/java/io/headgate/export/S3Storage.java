package io.headgate.export;

import io.headgate.api.BadSettingException;
import java.io.IOException;
import java.net.URI;
import java.time.Clock;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.springframework.core.io.buffer.DataBuffer;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Files as objects of a bucket. A small file is one request. A larger one goes up in parts as its rows come, and is an object
 * once its upload is completed: what breaks off is called off, and what nobody calls off is found in the bucket's own list
 * of uploads.
 */
final class S3Storage implements JobStorage {

    private static final Pattern PLACE =
            Pattern.compile("s3://([a-z0-9][a-z0-9-]{1,61}[a-z0-9])(?:/([A-Za-z0-9._/-]{0,200}))?");
    private static final String EXPECTED = "s3://bucket/prefix, of letters, digits, '.', '_', '-' and '/'";

    /** In the location of what is not whole; no name has it. */
    private static final String UPLOAD = "?upload=";

    /** Connections beside those of exports and downloads, for what clears away. */
    private static final int SPARE = 4;

    private final S3Client client;
    /** Before a slash and the key of an object. */
    private final String root;

    private final String prefix;
    private final PartSizes sizes;

    private S3Storage(S3Client client, String root, String prefix, PartSizes sizes) {
        this.client = client;
        this.root = root;
        this.prefix = prefix;
        this.sizes = sizes;
    }

    /** A store that is not Amazon's has its buckets in the path; Amazon's have servers of their own. */
    static S3Storage open(String place, JobsProperties settings, Clock clock) {
        Matcher parts = PLACE.matcher(place);
        if (!parts.matches() || place.indexOf("//", "s3://".length()) >= 0) {
            throw new BadSettingException(
                    "headgate.exports.jobs.storage", "'" + place + "' (expected: " + EXPECTED + ")");
        }
        S3Properties s3 = settings.s3();
        s3.requireKeys();
        String bucket = parts.group(1);
        String prefix = Optional.ofNullable(parts.group(2)).orElse("");
        boolean isAmazon = s3.endpoint().isEmpty();
        var client = new S3Client(
                URI.create(isAmazon ? "https://" + bucket + ".s3." + s3.region() + ".amazonaws.com" : s3.endpoint()),
                s3,
                settings.http().maxDownloads() + settings.worker().slots() + SPARE,
                clock);
        return new S3Storage(
                client,
                isAmazon ? "" : "/" + bucket,
                prefix.isEmpty() || prefix.endsWith("/") ? prefix : prefix + "/",
                new PartSizes(s3.partSize().toBytes()));
    }

    @Override
    public Mono<Stored> write(StoredName name, Flux<DataBuffer> content) {
        return Mono.usingWhen(
                Mono.fromSupplier(() -> new S3Upload(client, pathOf(name.toString()))),
                upload -> write(name, upload, content),
                _ -> Mono.empty(),
                (upload, _) -> upload.callOff(),
                S3Upload::callOff);
    }

    private Mono<Stored> write(StoredName name, S3Upload upload, Flux<DataBuffer> content) {
        var parts = new Parts(sizes);
        return parts.of(content)
                .concatMap(upload::add, 1)
                .then(Mono.defer(() -> upload.finish(parts.bytes())))
                .then(Mono.fromSupplier(() -> new Stored(name.toString(), parts.bytes(), parts.sha256())));
    }

    @Override
    public Flux<DataBuffer> read(String location, long from, long length) {
        return client.read(S3Request.of("GET", pathOf(location)), from, length);
    }

    @Override
    public Mono<Void> delete(String location) {
        int mark = location.indexOf(UPLOAD);
        S3Request request = mark < 0
                ? S3Request.of("DELETE", pathOf(location))
                : S3Request.of("DELETE", pathOf(location.substring(0, mark)))
                        .with(Map.of("uploadId", location.substring(mark + UPLOAD.length())));
        return client.call(request)
                .then()
                .onErrorComplete(error -> error instanceof S3Failure refused && refused.isNotThere());
    }

    private String pathOf(String name) {
        return root + "/" + prefix + name;
    }

    @Override
    public Flux<Found> list(Instant before) {
        return Flux.concat(objects(before), uploads(before));
    }

    private Flux<Found> objects(Instant before) {
        Map<String, String> asked = Map.of("list-type", "2", "prefix", prefix);
        return pages(
                        asked,
                        page -> page.text("NextContinuationToken").map(token -> Map.of("continuation-token", token)))
                .flatMapIterable(page -> page.entries("Contents"))
                .concatMap(object -> found(object, "LastModified", "", before));
    }

    private Flux<Found> uploads(Instant before) {
        return pages(Map.of("uploads", "", "prefix", prefix), S3Storage::nextUploads)
                .flatMapIterable(page -> page.entries("Upload"))
                .concatMap(upload -> found(upload, "Initiated", UPLOAD + upload.getOrDefault("UploadId", ""), before));
    }

    private static Optional<Map<String, String>> nextUploads(S3Xml page) {
        Map<String, String> next = new HashMap<>();
        page.text("NextKeyMarker").ifPresent(key -> next.put("key-marker", key));
        page.text("NextUploadIdMarker").ifPresent(id -> next.put("upload-id-marker", id));
        return next.isEmpty() ? Optional.empty() : Optional.of(next);
    }

    private Flux<S3Xml> pages(Map<String, String> asked, Function<S3Xml, Optional<Map<String, String>>> next) {
        S3Request first = S3Request.of("GET", root.isEmpty() ? "/" : root).with(asked);
        return page(first)
                .expand(page -> page.text("IsTruncated").filter("true"::equals).isPresent()
                        ? Mono.justOrEmpty(next.apply(page)).flatMap(more -> page(first.with(more)))
                        : Mono.empty());
    }

    private Mono<S3Xml> page(S3Request request) {
        return client.call(request).map(S3Client.Answer::body);
    }

    private Mono<Found> found(Map<String, String> entry, String time, String suffix, Instant before) {
        String key = entry.getOrDefault("Key", "");
        try {
            String name = key.substring(prefix.length());
            return Instant.parse(entry.getOrDefault(time, "")).isBefore(before)
                    ? Mono.justOrEmpty(StoredName.parse(name)).map(parsed -> new Found(parsed, name + suffix))
                    : Mono.empty();
        } catch (DateTimeParseException | IndexOutOfBoundsException e) {
            return Mono.error(new IOException(
                    "a list of S3 with '" + key + "' (expected: a key below the prefix, and its time)"));
        }
    }

    @Override
    public Mono<Void> close() {
        return client.close();
    }
}
