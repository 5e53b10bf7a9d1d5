package io.headgate.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;

class SharedStackTest {

    private static final Duration LIMIT = Duration.ofSeconds(60);

    @Test
    void aRowWrittenOnThePrimaryIsReadOnBothReplicas() {
        LocalPostgres primary = SharedStack.postgres();
        String database = primary.createDatabase();
        primary.execute(database, "CREATE TABLE seen AS SELECT 42 AS n");

        assertThat(SharedStack.replicas()).hasSize(2).allSatisfy(replica -> {
            Await.until(LIMIT, "the row is on " + replica.name(), () -> rowIsOn(replica, database));
            assertThat(replica.query(database, "SELECT pg_is_in_recovery()")).isEqualTo("t");
        });
    }

    @Test
    void aReplicaWhoseReplayIsPausedDoesNotShowWhatThePrimaryWrote() {
        LocalPostgres primary = LocalPostgres.startPrivate();
        LocalPostgres replica = primary.startReplica("replica-1");
        replica.pauseReplay();
        primary.execute(LocalPostgres.USER, "CREATE TABLE later AS SELECT 1 AS n");

        assertThat(replica.query(LocalPostgres.USER, "SELECT to_regclass('later')"))
                .isEqualTo("null");

        replica.resumeReplay();
        Await.until(
                LIMIT,
                "replay goes on",
                () -> replica.query(LocalPostgres.USER, "SELECT to_regclass('later')")
                        .equals("later"));
        replica.stop();
        primary.stop();
    }

    @Test
    void everyTestClassGetsADatabaseOfItsOwn() {
        LocalPostgres postgres = SharedStack.postgres();

        assertThat(postgres.createDatabase()).isNotEqualTo(postgres.createDatabase());
    }

    @Test
    void aKilledServerServesAgainWithItsRowsOnceItIsStarted() {
        LocalPostgres postgres = LocalPostgres.startPrivate();
        postgres.execute(LocalPostgres.USER, "CREATE TABLE kept AS SELECT 7 AS n");
        postgres.kill();
        assertThat(postgres.state()).isEqualTo(Part.State.DOWN);

        postgres.start();

        assertThat(postgres.query(LocalPostgres.USER, "SELECT n FROM kept")).isEqualTo("7");
        postgres.stop();
    }

    @Test
    void redisAnswersAndAPausedOneDoesNot() {
        LocalRedis redis = LocalRedis.startPrivate();
        redis.ask("SET", "k", "v");
        redis.pause();
        assertThat(redis.isReady()).isFalse();

        redis.resume();

        assertThat(redis.ask("GET", "k")).isEqualTo("v");
        redis.stop();
    }

    @Test
    void theNodesOfTheClusterShareAllSlots() {
        assertThat(SharedStack.redisCluster().nodes())
                .hasSize(3)
                .allSatisfy(node -> assertThat(node.ask("CLUSTER", "INFO")).contains("cluster_slots_ok:16384"));
    }

    @Test
    void kafkaHandsOverARecord() {
        LocalKafka kafka = SharedStack.kafka();
        try (var producer =
                new KafkaProducer<>(properties(kafka, Map.of()), new StringSerializer(), new StringSerializer())) {
            producer.send(new ProducerRecord<>("greetings", "k", "hello"));
        }
        try (var consumer = new KafkaConsumer<>(
                properties(kafka, Map.of("group.id", "test", "auto.offset.reset", "earliest")),
                new StringDeserializer(),
                new StringDeserializer())) {
            consumer.subscribe(List.of("greetings"));

            var records = consumer.poll(LIMIT);

            assertThat(records).extracting(record -> record.value()).containsExactly("hello");
        }
    }

    private static boolean rowIsOn(LocalPostgres replica, String database) {
        try {
            return replica.query(database, "SELECT n FROM seen").equals("42");
        } catch (StackException notYet) {
            return false;
        }
    }

    private static Properties properties(LocalKafka kafka, Map<String, String> more) {
        var properties = new Properties();
        properties.put("bootstrap.servers", kafka.bootstrapServers());
        properties.putAll(more);
        return properties;
    }
}
