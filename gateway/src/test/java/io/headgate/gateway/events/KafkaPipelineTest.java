package io.headgate.gateway.events;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.gateway.admin.Awaited;
import io.headgate.local.LocalKafka;
import io.headgate.local.LocalPostgres;
import io.headgate.local.SharedStack;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KafkaPipelineTest {

    private static final AtomicInteger TOPICS = new AtomicInteger();

    @TempDir
    Path disk;

    private final LocalPostgres postgres = SharedStack.postgres();
    private final String database = postgres.createDatabase();
    private final String topic = "events-" + TOPICS.incrementAndGet();

    @Test
    void carriesEveryEventToTheAuditOnceAndWhatIsWrongToTheDeadLetters() {
        LocalKafka kafka = SharedStack.kafka();
        try (Pipelines events = start(kafka, disk)) {
            events.append(700);
            events.log.append(Pipelines.event("permission.denied", Instant.now(), "r", Map.of("decision", "perhaps")));
            produce(kafka, topic, "no event at all");
            events.append(700);

            events.awaitAudited(1_400);

            assertThat(events.verify().checked()).isEqualTo(1_400);
            assertThat(events.verify().firstBroken()).isEmpty();
            assertThat(consume(kafka, topic + ".dead", 2))
                    .anySatisfy(letter -> assertThat(letter).contains("schema: /data/action is missing"))
                    .anySatisfy(letter -> assertThat(letter).contains("no event at all"));
            Awaited.until("it is counted", () -> events.pipeline.state().deadLettered() == 2);
        }
    }

    @Test
    void putsAsideWhatKafkaRefusesForGood() {
        LocalKafka kafka = SharedStack.kafka();
        EventsProperties small = properties(kafka, disk);
        try (Pipelines first = Pipelines.create(postgres, database, small).start()) {
            first.append(1);
            first.awaitAudited(1);
        }
        // an operator's topic may take less than an instance's spool
        EventsProperties large = properties(kafka, disk, "max-event-size", "900KB");
        try (Pipelines events = Pipelines.create(postgres, database, large).start()) {
            events.log.append(Pipelines.event(
                    "permission.checked",
                    Instant.now(),
                    "large",
                    Map.of("decision", "permit", "action", "read", "noise", noise(800_000))));
            events.append(1);

            events.awaitAudited(2);

            assertThat(consume(kafka, topic + ".dead", 1)).first().asString().contains("Kafka: ", "large");
        }
    }

    @Test
    void whatWasTakenWhileKafkaWasAwayAndTheInstanceWasKilledIsInTheAuditOnce()
            throws IOException, InterruptedException {
        LocalKafka kafka = LocalKafka.startPrivate();
        try {
            kafka.kill();
            Set<String> taken = takenUntilKilled();

            try (Pipelines events = start(kafka, disk)) {
                List<UUID> more = events.append(100);
                Awaited.until(
                        "it is known that Kafka is away",
                        () -> events.pipeline.state().failingSince().isPresent());
                assertThat(events.pipeline.state().spooledBytes()).isPositive();

                kafka.start();

                more.forEach(id -> taken.add(id.toString()));
                events.awaitAudited(taken.size());
                Awaited.until(
                        "the spool is empty", () -> events.pipeline.state().spooledBytes() == 0);
                assertOnce(events, taken);
            }
        } finally {
            kafka.stop();
        }
    }

    @Test
    void aBrokerThatIsKilledMidwayLosesNothing() {
        LocalKafka kafka = LocalKafka.startPrivate();
        try (Pipelines events = start(kafka, disk)) {
            Set<String> taken = new HashSet<>();
            events.append(300).forEach(id -> taken.add(id.toString()));
            events.awaitAudited(300);
            events.append(300).forEach(id -> taken.add(id.toString()));

            kafka.kill();
            events.append(300).forEach(id -> taken.add(id.toString()));
            kafka.start();

            events.awaitAudited(900);
            assertOnce(events, taken);
        } finally {
            kafka.stop();
        }
    }

    @Test
    void theAuditsDatabaseMayBeAway() {
        LocalPostgres own = LocalPostgres.startPrivate();
        LocalKafka kafka = SharedStack.kafka();
        try (Pipelines events = Pipelines.create(own, own.createDatabase(), properties(kafka, disk))
                .start()) {
            events.append(50);
            events.awaitAudited(50);

            own.kill();
            events.append(50);
            Awaited.until("Kafka has them", () -> events.pipeline.state().spooledBytes() == 0);
            own.start();

            events.awaitAudited(100);
            assertThat(events.verify().checked()).isEqualTo(100);
        } finally {
            own.stop();
        }
    }

    private Set<String> takenUntilKilled() throws IOException, InterruptedException {
        Process writer = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx128m",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        DecisionWriter.class.getName(),
                        disk.toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        List<String> lines = new ArrayList<>();
        try (var output = new BufferedReader(new InputStreamReader(writer.getInputStream(), US_ASCII))) {
            while (lines.size() < 3_000) {
                lines.add(output.readLine());
            }
            writer.toHandle().destroyForcibly();
            output.lines().filter(line -> line.length() == 36).forEach(lines::add);
        } finally {
            writer.destroyForcibly().waitFor();
        }
        return new HashSet<>(lines);
    }

    private static void assertOnce(Pipelines events, Set<String> taken) {
        List<String> audited = List.of(events.postgres
                .query(events.databaseName, "SELECT string_agg(event_id::text, ',') FROM headgate_audit.event")
                .split(","));
        assertThat(audited).doesNotHaveDuplicates();
        Set<String> lost = new HashSet<>(taken);
        lost.removeAll(new HashSet<>(audited));
        assertThat(lost).as("taken and not in the audit").isEmpty();
        assertThat(events.verify().firstBroken()).isEmpty();
    }

    private Pipelines start(LocalKafka kafka, Path spool) {
        return Pipelines.create(postgres, database, properties(kafka, spool)).start();
    }

    private EventsProperties properties(LocalKafka kafka, Path spool, String... more) {
        List<String> all = new ArrayList<>(List.of(
                "kafka.bootstrap-servers",
                kafka.bootstrapServers(),
                "kafka.topic",
                topic,
                "kafka.dead-letters",
                topic + ".dead",
                "kafka.group",
                topic));
        all.addAll(List.of(more));
        return Pipelines.properties(spool, all.toArray(String[]::new));
    }

    /** That no compression makes small. */
    private static String noise(int length) {
        byte[] bytes = new byte[length];
        new java.util.Random(1).nextBytes(bytes);
        return java.util.Base64.getEncoder().encodeToString(bytes).substring(0, length);
    }

    private static void produce(LocalKafka kafka, String topic, String value) {
        Map<String, Object> settings = Map.of("bootstrap.servers", kafka.bootstrapServers());
        try (var producer = new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer())) {
            producer.send(new ProducerRecord<>(topic, value));
        }
    }

    private static List<String> consume(LocalKafka kafka, String topic, int count) {
        Map<String, Object> settings = Map.of(
                "bootstrap.servers", kafka.bootstrapServers(), "group.id", "test", "auto.offset.reset", "earliest");
        List<String> values = new ArrayList<>();
        try (var consumer = new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
            consumer.subscribe(List.of(topic));
            Awaited.until(count + " letters in " + topic, () -> {
                consumer.poll(Duration.ofMillis(100)).forEach(record -> values.add(record.value()));
                return values.size() >= count;
            });
        }
        return values;
    }
}
