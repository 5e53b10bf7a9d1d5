package io.headgate.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import com.sun.net.httpserver.HttpServer;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import io.headgate.authz.TestIssuer;
import io.headgate.authz.v1.Action;
import io.headgate.authz.v1.CheckBatchRequest;
import io.headgate.authz.v1.CheckBatchResponse;
import io.headgate.authz.v1.CheckRequest;
import io.headgate.authz.v1.CheckResponse;
import io.headgate.authz.v1.Entity;
import io.headgate.authz.v1.EvaluationsSemantic;
import io.headgate.authz.v1.PermissionsGrpc;
import io.headgate.authz.v1.PermissionsGrpc.PermissionsBlockingStub;
import io.headgate.gateway.admin.AdminClient;
import io.headgate.gateway.admin.AdminClient.Answer;
import io.headgate.gateway.admin.Awaited;
import io.headgate.local.LocalPostgres;
import io.headgate.local.SharedStack;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** One gateway, asked over both protocols and at its edge. */
class DecisionsForServicesTest {

    private static final Metadata.Key<String> AUTHORIZATION =
            Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
    private static final Metadata.Key<String> REQUEST_ID =
            Metadata.Key.of("x-request-id", Metadata.ASCII_STRING_MARSHALLER);

    @TempDir
    static Path disk;

    private static TestIssuer issuer;
    private static HttpServer keys;
    private static HttpServer backend;
    private static TestGateway gateway;
    private static ManagedChannel channel;

    @BeforeAll
    static void start() throws IOException {
        issuer = TestIssuer.start("https://issuer.test");
        keys = server(issuer.jwks());
        backend = server("served");
        LocalPostgres postgres = SharedStack.postgres();
        gateway = TestGateway.start(
                "served",
                postgres,
                postgres.createDatabase(),
                new TestGateway.Access(
                        issuer, "http://127.0.0.1:" + keys.getAddress().getPort() + "/jwks.json"),
                disk,
                "--headgate.events.spool-dir=" + disk.resolve("spool"));
        channel = NettyChannelBuilder.forAddress("127.0.0.1", gateway.grpcPort())
                .usePlaintext()
                .build();
        configure();
    }

    @AfterAll
    static void stop() throws InterruptedException {
        channel.shutdownNow().awaitTermination(60, TimeUnit.SECONDS);
        gateway.close();
        keys.stop(0);
        backend.stop(0);
        issuer.close();
    }

    // ---- over HTTP

    @Test
    void aServiceIsToldOverHttpWhatTheEdgeWouldDecide() {
        assertThat(gateway.edge("hal", "analyst").get("/api/reports/1").status())
                .isEqualTo(200);
        Answer yes = evaluate("service", question("acme/hal", "analyst", "read", "acme/1"));
        Answer no = evaluate("service", question("acme/hal", "viewer", "read", "acme/1"));

        assertThat(yes.status()).as(yes.toString()).isEqualTo(200);
        assertThat(yes.body().path("decision").booleanValue()).isTrue();
        assertThat(no.body().path("decision").booleanValue()).isFalse();
        assertThat(yes.header("Cache-Control")).contains("no-store");
    }

    @Test
    void everyDecisionIsInTheAuditWithWhoAskedAndWhatWasRemembered() {
        gateway.edge("amy", "analyst").get("/api/reports/1");
        Answer yes = evaluate("service", question("acme/amy", "analyst", "read", "acme/1"), "X-Request-ID", "audit-me");
        CheckResponse no = as("service").check(check("acme/amy", "analyst", "delete", "acme/1"));

        JsonNode byHttp = audited("request_id=audit-me");
        assertThat(byHttp.path("event_id").stringValue())
                .isEqualTo(yes.body().at("/context/decision_id").stringValue());
        assertThat(byHttp.path("event_type").stringValue()).isEqualTo("permission.checked");
        assertThat(byHttp.path("account_id").stringValue()).isEqualTo("acme");
        assertThat(byHttp.path("user_id").stringValue()).isEqualTo("amy");
        assertThat(byHttp.at("/data/via").stringValue()).isEqualTo("authzen");
        assertThat(byHttp.at("/data/asked_by").stringValue()).isEqualTo("acme/svc");
        assertThat(byHttp.at("/data/cached").booleanValue()).isTrue();
        JsonNode byGrpc = audited("user_id=amy&event_type=permission.denied");
        assertThat(byGrpc.path("event_id").stringValue()).isEqualTo(no.getDecisionId());
        assertThat(byGrpc.at("/data/via").stringValue()).isEqualTo("grpc");
    }

    @Test
    void aListIsAnsweredInItsOrder() {
        Answer answer =
                gateway.admin("service").post("/access/v1/evaluations", """
                {"subject": {"type": "User", "id": "acme/ana", "properties": {"roles": ["analyst"]}},
                 "action": {"name": "read"},
                 "evaluations": [
                   {"resource": {"type": "Report", "id": "acme/1"}},
                   {"resource": {"type": "Report", "id": "globex/1"}},
                   {}
                 ]}""", "Content-Type", "application/json");

        assertThat(answer.status()).as(answer.toString()).isEqualTo(200);
        assertThat(answer.body()
                        .path("evaluations")
                        .valueStream()
                        .map(one -> one.path("decision").booleanValue()))
                .containsExactly(true, false, false);
        assertThat(answer.body().at("/evaluations/2/context/error/pointer").stringValue())
                .isEqualTo("/evaluations/2/resource");
    }

    @Test
    void whatIsWrongWithARequestIsAProblemAtItsPlace() {
        Answer answer = evaluate("service", "{\"subject\": {\"type\": \"User\"}}", "X-Request-ID", "not one of ours");

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.header("Content-Type")).contains("application/problem+json");
        assertThat(answer.body().path("pointer").stringValue()).isEqualTo("/action");
        assertThat(answer.header("X-Request-ID")).contains("not one of ours");
    }

    @ParameterizedTest
    @CsvSource({"analyst, 403", "auditor, 403", "service, 200", "platform-admin, 200"})
    void onlyServicesMayAsk(String role, int status) {
        assertThat(evaluate(role, question("acme/ana", "analyst", "read", "acme/1"))
                        .status())
                .isEqualTo(status);
    }

    @Test
    void aTokenForTheEdgeIsNoneHere() {
        String token = issuer.token().roles("service").sign();

        assertThat(gateway.admin("service")
                        .as("Bearer " + token)
                        .post("/access/v1/evaluation", "{}", "Content-Type", "application/json")
                        .status())
                .isEqualTo(401);
    }

    @Test
    void theMetadataIsForAnybodyAndNamesTheEndpoints() {
        Answer answer = gateway.admin("service").as("").get("/.well-known/authzen-configuration");

        assertThat(answer.status()).isEqualTo(200);
        String base = answer.body().path("policy_decision_point").stringValue();
        assertThat(base).startsWith("http://127.0.0.1:");
        assertThat(answer.body().path("access_evaluation_endpoint").stringValue())
                .isEqualTo(base + "/access/v1/evaluation");
    }

    @Test
    void noneOfThisIsAtTheEdge() {
        assertThat(gateway.edge().post("/access/v1/evaluation", "{}").status()).isEqualTo(404);
        assertThat(gateway.edge().get("/.well-known/authzen-configuration").status())
                .isEqualTo(404);
    }

    // ---- over gRPC

    @Test
    void aServiceIsToldOverGrpcTheSame() {
        CheckResponse yes = as("service").check(check("acme/ana", "analyst", "read", "acme/1"));
        CheckResponse no = as("service").check(check("acme/ana", "viewer", "read", "acme/1"));

        assertThat(yes.getDecision()).isTrue();
        assertThat(yes.getDecisionId()).isNotEmpty();
        assertThat(yes.getDecidingPoliciesList()).isEmpty();
        assertThat(no.getDecision()).isFalse();
        assertThat(no.getReason()).isEqualTo("not_permitted");
        assertThat(as("service", "admin")
                        .check(check("acme/ana", "analyst", "read", "acme/1"))
                        .getDecidingPoliciesList())
                .containsExactly("analysts-read");
    }

    @ParameterizedTest
    @CsvSource({
        "service, globex/gus, globex/1",
        "service, acme/ana, globex/1",
        "service, globex/gus, acme/1",
        "service, ana, 1",
        "platform-admin, acme/ana, globex/1"
    })
    void noProtocolPermitsWhatIsAnotherTenants(String role, String subject, String resource) {
        assertThat(as(role).check(check(subject, "analyst", "read", resource)).getReason())
                .isEqualTo("foreign_tenant");
        assertThat(evaluate(role, question(subject, "analyst", "read", resource))
                        .body()
                        .path("decision")
                        .booleanValue())
                .isFalse();
    }

    @Test
    void aBatchSaysOfEachQuestionWhatBecameOfIt() {
        CheckRequest common = check("acme/ana", "analyst", "read", "acme/1");
        CheckBatchRequest.Builder batch = CheckBatchRequest.newBuilder()
                .setSubject(common.getSubject())
                .setAction(common.getAction())
                .addEvaluations(CheckRequest.newBuilder())
                .addEvaluations(CheckRequest.newBuilder().setResource(common.getResource()))
                .addEvaluations(CheckRequest.newBuilder()
                        .setResource(Entity.newBuilder().setType("Widget").setId("acme/1")))
                .addEvaluations(CheckRequest.newBuilder()
                        .setAction(Action.newBuilder().setName("delete"))
                        .setResource(common.getResource()));

        CheckBatchResponse all = as("service").checkBatch(batch.build());
        CheckBatchResponse some = as("service")
                .checkBatch(batch.setEvaluationsSemantic(EvaluationsSemantic.PERMIT_ON_FIRST_PERMIT)
                        .build());

        assertThat(all.getEvaluationsList().stream().map(CheckResponse::getDecision))
                .containsExactly(false, true, false, false);
        assertThat(all.getEvaluations(0).getError().getPointer()).isEqualTo("/evaluations/0/resource");
        assertThat(all.getEvaluations(0).getError().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT.value());
        assertThat(all.getEvaluations(2).getError().getCode()).isEqualTo(Status.Code.UNAVAILABLE.value());
        assertThat(some.getEvaluationsCount()).isEqualTo(2);
        assertThat(as("service")
                        .checkBatch(CheckBatchRequest.newBuilder()
                                .setSubject(common.getSubject())
                                .setAction(common.getAction())
                                .setResource(common.getResource())
                                .build())
                        .getEvaluationsList())
                .singleElement()
                .satisfies(only -> assertThat(only.getDecision()).isTrue());
    }

    @Test
    void aCallThatIsRefusedSaysWhy() {
        CheckRequest asked = check("acme/ana", "analyst", "read", "acme/1");

        assertRefused(stub(new Metadata()), asked, Status.Code.UNAUTHENTICATED);
        assertRefused(stub(bearer("forged")), asked, Status.Code.UNAUTHENTICATED);
        assertRefused(as("analyst"), asked, Status.Code.PERMISSION_DENIED);
        assertRefused(as("service"), CheckRequest.getDefaultInstance(), Status.Code.INVALID_ARGUMENT)
                .hasMessageContaining("/action: missing");
        assertRefused(
                        as("service"),
                        asked.toBuilder()
                                .setContext(Struct.newBuilder()
                                        .putFields(
                                                "n",
                                                Value.newBuilder()
                                                        .setNumberValue(Double.NaN)
                                                        .build()))
                                .build(),
                        Status.Code.INVALID_ARGUMENT)
                .hasMessageContaining("/context/n: ");
        assertRefused(
                as("service"),
                asked.toBuilder()
                        .setResource(Entity.newBuilder().setType("Widget").setId("acme/1"))
                        .build(),
                Status.Code.UNAVAILABLE);
        assertRefused(
                as("service"),
                asked.toBuilder()
                        .setContext(Struct.newBuilder()
                                .putFields(
                                        "long",
                                        Value.newBuilder()
                                                .setStringValue("x".repeat(200_000))
                                                .build()))
                        .build(),
                Status.Code.RESOURCE_EXHAUSTED);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aCallIsAnsweredUnderItsName(boolean refused) {
        AtomicReference<Metadata> headers = new AtomicReference<>();
        AtomicReference<Metadata> trailers = new AtomicReference<>();
        Metadata sent = bearer(token("service"));
        sent.put(REQUEST_ID, "call-1");
        PermissionsBlockingStub stub = PermissionsGrpc.newBlockingStub(ClientInterceptors.intercept(
                channel,
                MetadataUtils.newAttachHeadersInterceptor(sent),
                MetadataUtils.newCaptureMetadataInterceptor(headers, trailers)));

        if (refused) {
            assertRefused(stub, CheckRequest.getDefaultInstance(), Status.Code.INVALID_ARGUMENT);
        } else {
            stub.check(check("acme/ana", "analyst", "read", "acme/1"));
        }

        assertThat(trailers.get().getAll(REQUEST_ID)).containsExactly("call-1");
    }

    @Test
    void aCallThatIsLateIsNotAnswered() {
        assertThatThrownBy(() -> as("service")
                        .withDeadlineAfter(1, TimeUnit.NANOSECONDS)
                        .check(check("acme/ana", "analyst", "read", "acme/1")))
                .isInstanceOfSatisfying(
                        StatusRuntimeException.class,
                        late -> assertThat(late.getStatus().getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED));
    }

    @Test
    void probesAskForTheHealthAsTheyAreUsedTo() {
        assertThat(HealthGrpc.newBlockingStub(channel)
                        .check(HealthCheckRequest.getDefaultInstance())
                        .getStatus())
                .isEqualTo(ServingStatus.SERVING);
    }

    // ---- hands

    private static void configure() {
        Answer team = gateway.admin("platform-admin").putYaml("/admin/v1/teams/platform/reports", """
                apiVersion: headgate/v1
                kind: Team
                metadata: { team: platform, name: reports }
                spec: { paths: [/api/reports/**], upstreams: ["http://127.0.0.1:*"], resources: [Report] }
                """);
        assertThat(team.status()).as(team.toString()).isEqualTo(201);
        AdminClient writer = gateway.admin("team-writer", "reports");
        Answer policies = writer.putYaml("/admin/v1/policy-sets/reports/reports", """
                apiVersion: headgate/v1
                kind: PolicySet
                metadata: { team: reports, name: reports }
                spec:
                  schema: |
                    entity Role;
                    entity User in [Role] { tenant: String, plan?: String, scopes: Set<String> };
                    entity Report { tenant: String, route: String, team: String };
                    action read, delete appliesTo {
                      principal: User, resource: Report, context: { method: String, path: String, time: datetime }
                    };
                  policies:
                    - { id: analysts-read, source: 'permit(principal in Role::"analyst", action == Action::"read", resource is Report);' }
                """);
        assertThat(policies.status()).as(policies.toString()).isEqualTo(201);
        Answer route = writer.putYaml("/admin/v1/routes/reports/reports-api", """
                apiVersion: headgate/v1
                kind: Route
                metadata: { team: reports, name: reports-api }
                spec:
                  match: { path: /api/reports/**, methods: [GET] }
                  upstream: { primary: "http://127.0.0.1:%d" }
                  authz:
                    resource: Report
                    operations:
                      - { action: read }
                      - { path: "/api/reports/{id}", action: read, id: "{id}" }
                """.formatted(
                        backend.getAddress().getPort()));
        assertThat(route.status()).as(route.toString()).isEqualTo(201);
        Awaited.until(
                "the route serves",
                () -> gateway.edge("ana", "analyst").get("/api/reports/1").status() == 200);
    }

    private static Answer evaluate(String role, String body, String... headers) {
        var all = new java.util.ArrayList<>(List.of(headers));
        all.addAll(List.of("Content-Type", "application/json"));
        return gateway.admin(role)
                .as("Bearer " + token(role))
                .post("/access/v1/evaluation", body, all.toArray(String[]::new));
    }

    private static String question(String subject, String role, String action, String resource) {
        return """
                {"subject": {"type": "User", "id": "%s", "properties": {"roles": ["%s"]}}, "action": {"name": "%s"},
                 "resource": {"type": "Report", "id": "%s"}}""".formatted(subject, role, action, resource);
    }

    private static CheckRequest check(String subject, String role, String action, String resource) {
        Struct.Builder properties = Struct.newBuilder();
        properties.putFields(
                "roles",
                Value.newBuilder()
                        .setListValue(com.google.protobuf.ListValue.newBuilder()
                                .addValues(Value.newBuilder().setStringValue(role)))
                        .build());
        return CheckRequest.newBuilder()
                .setSubject(Entity.newBuilder().setType("User").setId(subject).setProperties(properties))
                .setAction(Action.newBuilder().setName(action))
                .setResource(Entity.newBuilder().setType("Report").setId(resource))
                .build();
    }

    private static JsonNode audited(String query) {
        AdminClient auditor = gateway.admin("auditor");
        String path = "/admin/v1/audit?" + query;
        Awaited.until(
                "the event is there",
                () -> auditor.get(path).body().path("data").size() > 0);
        return auditor.get(path).body().at("/data/0");
    }

    private static String token(String... roles) {
        return issuer.token()
                .audience("headgate-admin")
                .subject("svc")
                .roles(roles)
                .sign();
    }

    private static Metadata bearer(String token) {
        var metadata = new Metadata();
        metadata.put(AUTHORIZATION, "Bearer " + token);
        return metadata;
    }

    private static PermissionsBlockingStub as(String... roles) {
        return stub(bearer(token(roles)));
    }

    private static PermissionsBlockingStub stub(Metadata metadata) {
        return PermissionsGrpc.newBlockingStub(channel)
                .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(metadata));
    }

    private static org.assertj.core.api.AbstractThrowableAssert<?, ? extends Throwable> assertRefused(
            PermissionsBlockingStub stub, CheckRequest request, Status.Code code) {
        StatusRuntimeException refused = catchThrowableOfType(StatusRuntimeException.class, () -> stub.check(request));
        assertThat(refused.getStatus().getCode()).as(String.valueOf(refused)).isEqualTo(code);
        return assertThat(refused);
    }

    private static HttpServer server(String answer) throws IOException {
        var server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        server.createContext("/", exchange -> {
            byte[] body = answer.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        return server;
    }
}
