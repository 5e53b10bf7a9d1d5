package io.headgate.export;

import io.headgate.api.Caller;
import io.headgate.api.EventLoops;
import io.headgate.api.PathTemplate;
import io.headgate.api.Problem;
import io.headgate.api.ProblemException;
import io.headgate.api.ProblemType;
import io.headgate.api.RequestId;
import io.headgate.api.TraceId;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What callers do with jobs. Each sees its own; who holds a role of an overseer sees those of the whole tenant. */
final class JobEndpoints {

    private static final int ID_SEGMENT = 3;
    private static final Set<HttpMethod> GET = Set.of(HttpMethod.GET, HttpMethod.HEAD);

    private final JobOrders orders;
    private final JobBodies bodies;
    private final JobStore store;
    private final JobProgress progress;
    private final JobFiles files;
    private final JobViews views;
    private final Webhooks webhooks;
    private final WebhookSecrets secrets;
    private final Set<String> overseers;

    JobEndpoints(
            JobOrders orders,
            JobBodies bodies,
            JobStore store,
            JobProgress progress,
            JobFiles files,
            JobViews views,
            Webhooks webhooks,
            WebhookSecrets secrets,
            Collection<String> overseers) {
        this.orders = orders;
        this.bodies = bodies;
        this.store = store;
        this.progress = progress;
        this.files = files;
        this.views = views;
        this.webhooks = webhooks;
        this.secrets = secrets;
        this.overseers = Set.copyOf(overseers);
    }

    JobService creating() {
        return JobService.of("export-create", "", Set.of(HttpMethod.POST), this::create);
    }

    JobService listing() {
        return JobService.of("export-list", "", GET, this::list);
    }

    JobService webhookSecrets() {
        return JobService.of("export-webhook-secrets", "/webhook-secrets", GET, this::webhookSecrets);
    }

    JobService reading() {
        return JobService.of("export-read", "/{id}", GET, this::read);
    }

    JobService ending() {
        return JobService.of("export-end", "/{id}", Set.of(HttpMethod.DELETE), this::end);
    }

    JobService watching() {
        return JobService.of("export-events", "/{id}/events", Set.of(HttpMethod.GET), this::events);
    }

    JobService deliveries() {
        return JobService.of("export-deliveries", "/{id}/deliveries", GET, this::deliveries);
    }

    /** Whoever has the link may have the file: it is the proof. */
    JobService handingOut() {
        return JobService.of("export-file", "/{id}/file", GET, exchange -> files.serve(exchange, id(exchange)))
                .open();
    }

    private Mono<Void> create(ServerWebExchange exchange) {
        Optional<String> key = JobBodies.idempotencyKey(exchange.getRequest().getHeaders());
        return bodies.read(exchange.getRequest())
                .flatMap(body -> create(exchange, body, key))
                .publishOn(EventLoops.of(exchange.getRequest()))
                .flatMap(job -> {
                    HttpHeaders headers = exchange.getResponse().getHeaders();
                    headers.set(HttpHeaders.LOCATION, JobViews.self(job.id()));
                    return answer(exchange, HttpStatus.ACCEPTED, view(exchange, job));
                });
    }

    private Mono<Job> create(ServerWebExchange exchange, JobBodies.Body body, Optional<String> key) {
        if (body.notifyUrl().isPresent() && !secrets.canSign()) {
            throw unavailable("There is no key to sign notices with.");
        }
        return orders.order(exchange, body.parameters(), body.gzip())
                .doOnNext(order -> requireOwn(order, Caller.KEY.get(exchange)))
                .flatMap(order -> orders.reckon(order)
                        .flatMap(estimate -> store.create(request(exchange, order, estimate, body, key))))
                .map(JobStore.Created::job);
    }

    /** Whoever reads parameters must not be able to let one tenant into another's rows. */
    private static void requireOwn(ExportOrder order, Caller caller) {
        if (!order.tenant().equals(caller.tenant()) || !order.subject().equals(caller.subject())) {
            throw new IllegalStateException("an order for somebody else than the caller");
        }
    }

    private static JobRequest request(
            ServerWebExchange exchange,
            ExportOrder order,
            OptionalLong estimate,
            JobBodies.Body body,
            Optional<String> key) {
        return new JobRequest(order, estimate, body.priority(), body.notifyUrl(), key, body.hash(), trace(exchange));
    }

    static Job.Trace trace(ServerWebExchange exchange) {
        return new Job.Trace(
                RequestId.KEY.find(exchange).map(RequestId::value),
                TraceId.KEY.find(exchange).map(TraceId::value));
    }

    private Mono<Void> list(ServerWebExchange exchange) {
        Caller caller = Caller.KEY.get(exchange);
        JobPage page = JobPage.of(exchange.getRequest().getQueryParams());
        return store.list(caller.tenant(), onlyOf(caller), page.before(), page.limit() + 1)
                .publishOn(EventLoops.of(exchange.getRequest()))
                .flatMap(found -> {
                    List<Job> jobs = found.subList(0, Math.min(found.size(), page.limit()));
                    ObjectNode body = Job.JSON.createObjectNode();
                    ArrayNode data = body.putArray("data");
                    jobs.forEach(job -> data.add(views.view(job, caller.subject())));
                    Optional<String> next = found.size() > page.limit()
                            ? Optional.of(JobPage.cursor(jobs.getLast().id()))
                            : Optional.empty();
                    body.set("page", page.view(next));
                    next.ifPresent(
                            cursor -> exchange.getResponse().getHeaders().set(HttpHeaders.LINK, page.link(cursor)));
                    return answer(exchange, HttpStatus.OK, body);
                });
    }

    private Mono<Void> read(ServerWebExchange exchange) {
        return own(exchange).flatMap(job -> answer(exchange, HttpStatus.OK, view(exchange, job)));
    }

    private Mono<Void> end(ServerWebExchange exchange) {
        return own(exchange)
                .flatMap(store::end)
                .publishOn(EventLoops.of(exchange.getRequest()))
                .flatMap(job -> answer(
                        exchange,
                        job.state() == JobState.RUNNING ? HttpStatus.ACCEPTED : HttpStatus.OK,
                        view(exchange, job)));
    }

    private Mono<Void> events(ServerWebExchange exchange) {
        return own(exchange)
                .flatMap(job ->
                        progress.stream(exchange, job, Caller.KEY.get(exchange).subject()));
    }

    private Mono<Void> deliveries(ServerWebExchange exchange) {
        return own(exchange)
                .flatMap(job -> webhooks.deliveries(job.id()))
                .publishOn(EventLoops.of(exchange.getRequest()))
                .flatMap(deliveries -> answer(exchange, HttpStatus.OK, JobViews.deliveries(deliveries)));
    }

    private Mono<Void> webhookSecrets(ServerWebExchange exchange) {
        Caller caller = Caller.KEY.get(exchange);
        if (!isOverseer(caller)) {
            throw new Problem.Forbidden("The secrets of notices are for overseers of exports.", Optional.empty())
                    .asException();
        }
        ObjectNode body = Job.JSON.createObjectNode();
        secrets.shown(caller.tenant()).forEach(body.putArray("secrets")::add);
        return answer(exchange, HttpStatus.OK, body);
    }

    /** A job that the caller may see. Of any other it is not even said that it exists. */
    private Mono<Job> own(ServerWebExchange exchange) {
        Caller caller = Caller.KEY.get(exchange);
        return store.find(caller.tenant(), id(exchange))
                .filter(job -> onlyOf(caller).map(job.order().subject()::equals).orElse(true))
                .switchIfEmpty(Mono.error(JobEndpoints::notFound))
                .publishOn(EventLoops.of(exchange.getRequest()));
    }

    private Optional<String> onlyOf(Caller caller) {
        return isOverseer(caller) ? Optional.empty() : Optional.of(caller.subject());
    }

    private boolean isOverseer(Caller caller) {
        return caller.roles().stream().anyMatch(overseers::contains);
    }

    private static UUID id(ServerWebExchange exchange) {
        String text = PathTemplate.split(exchange.getRequest().getURI().getRawPath())[ID_SEGMENT];
        try {
            UUID id = UUID.fromString(text);
            if (id.toString().equals(text)) {
                return id;
            }
        } catch (IllegalArgumentException e) {
            throw notFound();
        }
        throw notFound();
    }

    private static ProblemException notFound() {
        return Problem.of(ProblemType.NOT_FOUND, "There is no such export.").asException();
    }

    private static ProblemException unavailable(String why) {
        return Problem.tryLater(ProblemType.EXPORTS_UNAVAILABLE, why, Duration.ofMinutes(1))
                .asException();
    }

    private ObjectNode view(ServerWebExchange exchange, Job job) {
        return views.view(job, Caller.KEY.get(exchange).subject());
    }

    private static Mono<Void> answer(ServerWebExchange exchange, HttpStatus status, ObjectNode body) {
        byte[] bytes = Job.JSON.writeValueAsString(body).getBytes(StandardCharsets.UTF_8);
        ServerHttpResponse response = exchange.getResponse();
        response.setStatusCode(status);
        response.getHeaders().setContentType(MediaType.APPLICATION_JSON);
        response.getHeaders().set(HttpHeaders.CACHE_CONTROL, "no-store");
        response.getHeaders().setContentLength(bytes.length);
        return exchange.getRequest().getMethod() == HttpMethod.HEAD
                ? response.setComplete()
                : response.writeWith(Mono.just(response.bufferFactory().wrap(bytes)));
    }
}
