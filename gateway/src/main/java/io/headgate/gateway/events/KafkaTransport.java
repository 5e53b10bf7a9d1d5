package io.headgate.gateway.events;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import java.util.stream.Stream;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.RecordBatchTooLargeException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Signal;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.kafka.receiver.KafkaReceiver;
import reactor.kafka.receiver.ReceiverOptions;
import reactor.kafka.receiver.ReceiverRecord;
import reactor.kafka.sender.KafkaSender;
import reactor.kafka.sender.SenderOptions;
import reactor.kafka.sender.SenderRecord;
import reactor.kafka.sender.SenderResult;

/**
 * The one place that knows Kafka and its reactive client. A client that failed is thrown away: the next attempt starts
 * with a new one, be it for a broker that was away or for a producer that gave up on itself.
 */
final class KafkaTransport implements EventTransport {

    private static final Logger log = LoggerFactory.getLogger(KafkaTransport.class);
    private static final int IN_FLIGHT = 256;
    private static final int WAITING = 3; // who sends, who receives, who closes
    private static final Duration FAREWELL = Duration.ofSeconds(5);
    private static final int MAX_DEAD = 256 << 10;
    private static final int OVERHEAD = 64 << 10;
    private static final int WORTH_A_FETCH = 64 << 10;

    private final EventsProperties.Kafka settings;
    private final EventsProperties properties;
    /** Kafka's clients wait in the thread that calls them; where that is a shared one, others wait with them. */
    private final Scheduler waiting = Schedulers.newBoundedElastic(WAITING, 1_000, "events-kafka", 60, true);

    private @Nullable KafkaSender<byte[], byte[]> sender;
    private boolean isClosed;

    KafkaTransport(EventsProperties properties) {
        this.properties = properties;
        this.settings = properties.kafka();
    }

    // ---- sending

    private record Sent(byte[] json, Optional<Exception> error) {}

    @Override
    public Mono<List<Refused>> deliver(List<byte[]> events) {
        return send(settings.topic(), events).map(sent -> {
            List<Refused> refused = new ArrayList<>();
            for (Sent one : sent) {
                one.error()
                        .filter(KafkaTransport::isForGood)
                        .ifPresent(error -> refused.add(new Refused(one.json(), "Kafka: " + error.getMessage())));
            }
            return refused;
        });
    }

    @Override
    public Mono<Void> bury(List<Refused> refused) {
        return send(
                        settings.deadLetters(),
                        refused.stream().map(KafkaTransport::dead).toList())
                .then();
    }

    /** In a wrapping that is always small enough, and readable whatever is inside. */
    private static byte[] dead(Refused refused) {
        int length = Math.min(refused.json().length, MAX_DEAD);
        return EventJson.JSON.writeValueAsBytes(EventJson.JSON
                .createObjectNode()
                .put("reason", refused.reason())
                .put("dead_at", Instant.now().toString())
                .put("bytes", refused.json().length)
                .put("event", new String(refused.json(), 0, length, StandardCharsets.UTF_8)));
    }

    /** What became of each; an error where one of them may come through another time. */
    private Mono<List<Sent>> send(String topic, List<byte[]> events) {
        return Mono.defer(() -> sender().flatMap(client -> client.send(Flux.fromIterable(events)
                                .map(json ->
                                        SenderRecord.create(new ProducerRecord<byte[], byte[]>(topic, json), json)))
                        .map(KafkaTransport::sent)
                        .materialize()
                        .collectList()
                        .timeout(properties.timeout().plusSeconds(1))))
                .flatMap(sent -> complete(sent, events.size()))
                .doOnError(error -> forget());
    }

    /** The client ends in an error when one record failed, even though it told what became of every one. */
    private static Mono<List<Sent>> complete(List<Signal<Sent>> signals, int expected) {
        List<Sent> sent = signals.stream()
                .flatMap(signal -> Optional.ofNullable(signal.get()).stream())
                .toList();
        Optional<Throwable> again = Stream.concat(
                        sent.stream().flatMap(one -> one.error().stream()),
                        sent.size() == expected
                                ? Stream.of()
                                : signals.stream()
                                        .flatMap(signal -> Optional.ofNullable(signal.getThrowable()).stream()))
                .filter(error -> !isForGood(error))
                .map(Throwable.class::cast)
                .findFirst();
        if (again.isPresent()) {
            return Mono.error(again.get());
        }
        return sent.size() == expected
                ? Mono.just(sent)
                : Mono.error(new IllegalStateException("Kafka answered for " + sent.size() + " of " + expected));
    }

    private static Sent sent(SenderResult<byte[]> result) {
        return new Sent(result.correlationMetadata(), Optional.ofNullable(result.exception()));
    }

    private static boolean isForGood(Throwable error) {
        return error instanceof RecordTooLargeException
                || error instanceof RecordBatchTooLargeException
                || error instanceof InvalidRecordException;
    }

    private synchronized Mono<KafkaSender<byte[], byte[]>> sender() {
        KafkaSender<byte[], byte[]> known = sender;
        return known != null
                ? Mono.just(known)
                : Mono.fromCallable(this::connect).subscribeOn(waiting);
    }

    private KafkaSender<byte[], byte[]> connect() {
        createTopics();
        Map<String, Object> client = client();
        client.put(ProducerConfig.ACKS_CONFIG, "all");
        client.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
        client.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "gzip"); // the one that needs no native library
        client.put(ProducerConfig.LINGER_MS_CONFIG, 2);
        client.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, properties.timeout().toMillis() / 2);
        client.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, (int)
                (properties.timeout().toMillis() / 2));
        client.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, (int)
                properties.timeout().toMillis());
        client.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, maxMessage());
        var options = SenderOptions.<byte[], byte[]>create(client)
                .withKeySerializer(new ByteArraySerializer())
                .withValueSerializer(new ByteArraySerializer())
                .maxInFlight(IN_FLIGHT)
                .stopOnError(false)
                .closeTimeout(Duration.ofSeconds(1));
        KafkaSender<byte[], byte[]> made = KafkaSender.create(options);
        synchronized (this) {
            if (!isClosed) {
                sender = made;
                return made;
            }
        }
        made.close();
        throw new KafkaException("closed");
    }

    private synchronized void forget() {
        KafkaSender<byte[], byte[]> failed = sender;
        sender = null;
        if (failed != null && !waiting.isDisposed()) {
            waiting.schedule(failed::close);
        }
    }

    /** A topic that is there keeps its settings; without the right to make them, they are there or the broker makes them. */
    private void createTopics() {
        try (Admin admin = Admin.create(client())) {
            for (String name : List.of(settings.topic(), settings.deadLetters())) {
                var topic = new NewTopic(name, Optional.empty(), Optional.empty())
                        .configs(Map.of(
                                TopicConfig.RETENTION_MS_CONFIG,
                                Long.toString(settings.retention().toMillis()),
                                TopicConfig.MAX_MESSAGE_BYTES_CONFIG,
                                Integer.toString(maxMessage())));
                create(admin, topic);
            }
        }
    }

    private static void create(Admin admin, NewTopic topic) {
        try {
            admin.createTopics(List.of(topic)).all().get();
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case TopicExistsException there -> {}
                case AuthorizationException forbidden ->
                    log.atWarn().addKeyValue("topic", topic.name()).log("topic not made, for want of the right to");
                case null, default -> throw new KafkaException("topic " + topic.name() + " not made", e);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new KafkaException(e);
        }
    }

    private int maxMessage() {
        return (int) properties.maxEventSize().toBytes() + OVERHEAD;
    }

    private Map<String, Object> client() {
        Map<String, Object> client = new HashMap<>(settings.properties());
        client.put(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, settings.bootstrapServers());
        int millis = (int) properties.timeout().toMillis();
        client.put(CommonClientConfigs.REQUEST_TIMEOUT_MS_CONFIG, millis / 2);
        client.put(CommonClientConfigs.DEFAULT_API_TIMEOUT_MS_CONFIG, millis);
        client.put(CommonClientConfigs.RECONNECT_BACKOFF_MAX_MS_CONFIG, (int)
                properties.maxRetryDelay().toMillis());
        return client;
    }

    // ---- receiving

    @Override
    public Mono<Void> consume(Function<List<byte[]>, Mono<Void>> handler) {
        return Mono.fromRunnable(this::createTopics)
                .subscribeOn(waiting)
                .thenMany(
                        Flux.defer(() -> KafkaReceiver.create(receiverOptions()).receiveBatch(1)))
                .concatMap(Flux::collectList, 1)
                .concatMap(records -> handler.apply(values(records)).then(acknowledged(records)), 1)
                .then();
    }

    private ReceiverOptions<byte[], byte[]> receiverOptions() {
        Map<String, Object> client = client();
        client.put(ConsumerConfig.GROUP_ID_CONFIG, settings.group());
        client.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        client.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, properties.batchEvents());
        client.put(ConsumerConfig.FETCH_MIN_BYTES_CONFIG, WORTH_A_FETCH);
        client.put(
                ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG,
                Math.toIntExact(properties.pause().toMillis()));
        client.put(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, 4 * maxMessage());
        client.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, maxMessage());
        client.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false); // it would have the broker's settings
        return ReceiverOptions.<byte[], byte[]>create(client)
                .withKeyDeserializer(new ByteArrayDeserializer())
                .withValueDeserializer(new ByteArrayDeserializer())
                .commitInterval(Duration.ofSeconds(1))
                .subscription(List.of(settings.topic()));
    }

    private static List<byte[]> values(List<ReceiverRecord<byte[], byte[]>> records) {
        return records.stream()
                .map(record -> Optional.ofNullable(record.value()).orElse(new byte[0]))
                .toList();
    }

    private static Mono<Void> acknowledged(List<ReceiverRecord<byte[], byte[]>> records) {
        return Mono.fromRunnable(
                () -> records.forEach(record -> record.receiverOffset().acknowledge()));
    }

    private synchronized void closeSender() {
        isClosed = true;
        forget();
    }

    @Override
    public Mono<Void> close() {
        return Mono.fromRunnable(this::closeSender)
                .then(waiting.disposeGracefully().timeout(FAREWELL).onErrorComplete())
                .doFinally(signal -> waiting.dispose());
    }
}
