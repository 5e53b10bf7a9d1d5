package io.headgate.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.headgate.authz.TestIssuer;
import io.headgate.gateway.admin.AdminClient;
import io.headgate.gateway.admin.AdminClient.Answer;
import io.headgate.gateway.admin.Awaited;
import io.headgate.local.LocalPostgres;
import io.headgate.local.SharedStack;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A team writes a dataset, and its callers export it: past the whole chain, out of a database of the registry. */
class ExportEndToEndTest {

    private static final String EXPORT = "/api/v1/exports/stream?dataset=platform/invoices&format=csv";

    @Test
    void whoMayExportsTheRowsOfItsTenant(@TempDir Path disk) throws IOException {
        LocalPostgres postgres = SharedStack.postgres();
        String rows = postgres.createDatabase();
        postgres.execute(
                rows,
                "CREATE TABLE invoices (tenant_id text NOT NULL, id bigint PRIMARY KEY, customer text, paid boolean)");
        postgres.execute(
                rows,
                "INSERT INTO invoices SELECT (ARRAY['acme', 'globex'])[1 + i % 2], i, 'c' || i, i % 4 = 0"
                        + " FROM generate_series(1, 2000) AS i");
        HttpServer keys = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        try (var issuer = TestIssuer.start("https://issuer.test")) {
            keys.createContext("/", exchange -> {
                byte[] answer = issuer.jwks().getBytes(StandardCharsets.UTF_8);
                exchange.sendResponseHeaders(200, answer.length);
                exchange.getResponseBody().write(answer);
                exchange.close();
            });
            keys.start();
            var access = new TestGateway.Access(
                    issuer, "http://127.0.0.1:" + keys.getAddress().getPort() + "/jwks.json");
            try (var gateway = TestGateway.start(
                    "first", postgres, postgres.createDatabase(), access, disk, "--TEST_ROWS=" + LocalPostgres.USER)) {
                configure(gateway, postgres.r2dbcUrl(rows));
                exports(gateway.edge("ana", "analyst"));
                assertThat(gateway.edge("vic", "viewer").get(EXPORT).status()).isEqualTo(403);
                assertThat(gateway.metrics()).contains("headgate_exports_running");
            }
        } finally {
            keys.stop(0);
        }
    }

    private static void exports(AdminClient analyst) {
        Awaited.until("exports are served", () -> analyst.get(EXPORT).status() == 200);

        assertThat(Arrays.stream(analyst.get(EXPORT).text().split("\r\n")))
                .hasSize(1_001)
                .startsWith("id,customer,paid", "2,c2,false", "4,c4,true");
        Answer filtered = analyst.get(EXPORT + "&filter%5Bpaid%5D=true&columns=id&sort=-id");
        assertThat(filtered.text()).startsWith("id\r\n2000\r\n1996\r\n");
        Answer wrong = analyst.get(EXPORT + "&filter%5Bnix%5D=1");
        assertThat(wrong.status()).isEqualTo(400);
        assertThat(wrong.body().path("type").stringValue("")).isEqualTo("/problems/invalid-query");
    }

    private static void configure(TestGateway gateway, String url) {
        AdminClient admin = gateway.admin("platform-admin");
        put(admin, "/admin/v1/teams/platform/platform", """
                apiVersion: headgate/v1
                kind: Team
                metadata: { team: platform, name: platform }
                spec: { paths: [/api/v1/**], upstreams: ["http://127.0.0.1:*"], resources: [Dataset], tables: [invoices] }
                """);
        put(admin, "/admin/v1/databases/platform/main", """
                apiVersion: headgate/v1
                kind: Database
                metadata: { team: platform, name: main }
                spec: { primary: { url: "%s" }, credentials: env:TEST_ROWS }
                """.formatted(url));
        put(admin, "/admin/v1/filter-schemas/platform/invoices", """
                apiVersion: headgate/v1
                kind: FilterSchema
                metadata: { team: platform, name: invoices }
                spec:
                  tenantField: tenant_id
                  fields:
                    id: { type: int, sortable: true, indexed: true, nullable: false }
                    paid: { type: boolean }
                """);
        put(admin, "/admin/v1/datasets/platform/invoices", """
                apiVersion: headgate/v1
                kind: Dataset
                metadata: { team: platform, name: invoices }
                spec:
                  table: invoices
                  tenantColumn: tenant_id
                  key: id
                  filterSchema: invoices
                  columns: [id, customer, paid]
                """);
        put(admin, "/admin/v1/policy-sets/platform/datasets", """
                apiVersion: headgate/v1
                kind: PolicySet
                metadata: { team: platform, name: datasets }
                spec:
                  schema: |
                    entity Role;
                    entity User in [Role] { tenant: String, plan?: String, scopes: Set<String> };
                    entity Dataset { tenant: String, route: String, team: String };
                    action export appliesTo { principal: User, resource: Dataset };
                  policies:
                    - id: analysts-export
                      source: permit(principal in Role::"analyst", action == Action::"export", resource is Dataset);
                """);
    }

    private static void put(AdminClient admin, String path, String document) {
        Answer answer = admin.putYaml(path, document);
        assertThat(answer.status()).as(answer.toString()).isEqualTo(201);
    }
}
