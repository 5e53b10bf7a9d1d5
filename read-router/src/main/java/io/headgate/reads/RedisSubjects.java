package io.headgate.reads;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.redisson.api.RScript;
import org.redisson.api.RedissonClient;
import org.redisson.client.codec.StringCodec;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Positions in Redis. Beside them stands since when the memory is whole: whoever finds it younger than positions are
 * kept cannot tell a subject that wrote nothing from one whose writes were forgotten.
 */
final class RedisSubjects implements SubjectPositions {

    private static final String LOOK = script("look");
    private static final String KEEP = script("keep");
    private static final int HEX = 16;
    private static final String NOBODY = "nobody";

    /** So that a cluster of servers shares the subjects, each beside the age of its memory. */
    private static final int SHARDS = 16;

    private final RScript scripts;
    private final String prefix;
    private final long retentionMillis;

    RedisSubjects(RedissonClient redis, String prefix, long retentionMillis) {
        this.scripts = redis.getScript(StringCodec.INSTANCE);
        this.prefix = prefix + ":reads:{";
        this.retentionMillis = retentionMillis;
    }

    @Override
    public Mono<Seen> of(Subject subject) {
        return look(keys(subject));
    }

    private Mono<Seen> look(List<Object> keys) {
        return Mono.fromCompletionStage(() ->
                        scripts.<List<String>>evalAsync(RScript.Mode.READ_WRITE, LOOK, RScript.ReturnType.LIST, keys))
                .map(this::seen);
    }

    /** Has the memory of every shard begin, where it has not. */
    Mono<Void> begin() {
        return Flux.range(0, SHARDS)
                .concatMap(shard -> look(keys(shard, NOBODY)))
                .then();
    }

    @Override
    public Mono<Void> keep(Subject subject, Seen wrote) {
        return run(keys(subject), false, wrote);
    }

    /** Says of every shard that something could not be kept: for as long as it would have been, nobody is believed. */
    Mono<Void> confessLoss() {
        return Flux.range(0, SHARDS)
                .concatMap(shard -> run(keys(shard, NOBODY), true, Seen.NOTHING))
                .then();
    }

    private Mono<Void> run(List<Object> keys, boolean lost, Seen wrote) {
        List<String> values = new ArrayList<>();
        values.add(Long.toString(retentionMillis));
        values.add(lost ? "1" : "0");
        wrote.marks().forEach((branch, mark) -> {
            values.add(branch.system() + ":" + branch.timeline());
            values.add(hex(mark.lsn()));
        });
        return Mono.fromCompletionStage(() -> scripts.<Long>evalAsync(
                        RScript.Mode.READ_WRITE, KEEP, RScript.ReturnType.LONG, keys, values.toArray()))
                .then();
    }

    private Seen seen(List<String> answer) {
        if (Long.parseLong(answer.getFirst()) < retentionMillis) {
            return Seen.UNTRUSTED;
        }
        Map<Branch, Seen.Mark> marks = new HashMap<>();
        for (int i = 1; i + 1 < answer.size(); i += 2) {
            String branch = answer.get(i);
            int colon = branch.indexOf(':');
            marks.put(
                    new Branch(
                            Long.parseLong(branch.substring(0, colon)), Integer.parseInt(branch.substring(colon + 1))),
                    new Seen.Mark(new Lsn(Long.parseUnsignedLong(answer.get(i + 1), HEX)), false));
        }
        return marks.isEmpty() ? Seen.NOTHING : new Seen(marks, false);
    }

    /** Of one length, so that texts compare as the numbers do. */
    private static String hex(Lsn lsn) {
        String digits = Long.toHexString(lsn.value());
        return "0".repeat(HEX - digits.length()) + digits;
    }

    private List<Object> keys(Subject subject) {
        byte[] digest = digest(subject);
        return keys(Math.floorMod(digest[0], SHARDS), Base64.getUrlEncoder().encodeToString(Arrays.copyOf(digest, 18)));
    }

    private List<Object> keys(int shard, String name) {
        String place = prefix + shard + "}:";
        return List.of(place + name, place + "since");
    }

    /** Names of people are not for whoever looks into Redis. */
    private static byte[] digest(Subject subject) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(subject.tenant().getBytes(StandardCharsets.UTF_8));
            digest.update((byte) 0);
            return digest.digest(subject.name().getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("no SHA-256", e);
        }
    }

    private static String script(String name) {
        try (InputStream stream = RedisSubjects.class.getResourceAsStream(name + ".lua")) {
            if (stream == null) {
                throw new IllegalStateException(name + ".lua is not on the class path");
            }
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
