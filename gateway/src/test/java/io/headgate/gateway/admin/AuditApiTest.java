package io.headgate.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.gateway.admin.AdminClient.Answer;
import io.headgate.local.LocalPostgres;
import io.headgate.local.SharedStack;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AuditApiTest {

    @TempDir
    Path spool;

    @Test
    void whatPeopleChangedIsInTheAuditForAuditorsAndAnAlteredRowIsNamed() {
        LocalPostgres postgres = SharedStack.postgres();
        String database = postgres.createDatabase();
        try (var app = AdminApp.start(postgres, database, "headgate.events.spool-dir=" + spool)) {
            AdminApp.createTeams(app, "reports", "billing", "search");
            var auditor = client(app, "auditor");
            Awaited.until(
                    "the changes are there",
                    () -> list(auditor, "").body().path("data").size() == 3);

            Answer page = list(auditor, "?event_type=config.changed&user_id=root&limit=2");
            assertThat(page.body().path("data").size()).isEqualTo(2);
            assertThat(page.body().at("/data/0/data/name").stringValue()).isEqualTo("search");
            assertThat(page.body().at("/page/has_more").booleanValue()).isTrue();
            String cursor = page.body().at("/page/next_cursor").stringValue();
            assertThat(list(auditor, "?limit=2&cursor=" + cursor)
                            .body()
                            .at("/data/0/data/name")
                            .stringValue())
                    .isEqualTo("reports");
            assertThat(list(auditor, "?to=2020-01-01T00:00:00Z")
                            .body()
                            .path("data")
                            .size())
                    .isZero();
            assertThat(list(auditor, "?from=yesterday").status()).isEqualTo(400);
            assertThat(list(auditor, "?cursor=abc").status()).isEqualTo(400);
            assertThat(list(client(app, "sre"), "").status()).isEqualTo(403);
            assertThat(client(app, "team-writer")
                            .post("/admin/v1/audit/verify", "")
                            .status())
                    .isEqualTo(403);

            Answer whole = auditor.post("/admin/v1/audit/verify", "");
            assertThat(whole.body().path("ok").booleanValue()).isTrue();
            assertThat(whole.body().path("checked").intValue()).isEqualTo(3);

            String altered = page.body().at("/data/1/event_id").stringValue();
            postgres.execute(
                    database,
                    "SET session_replication_role = replica;"
                            + " UPDATE headgate_audit.event SET user_id = 'bob' WHERE event_id = '" + altered + "'");

            Answer broken = auditor.post("/admin/v1/audit/verify", "");
            assertThat(broken.body().path("ok").booleanValue()).isFalse();
            assertThat(broken.body().at("/first_broken/event_id").stringValue()).isEqualTo(altered);
            assertThat(broken.body().at("/first_broken/partition").stringValue())
                    .startsWith("audit_");
            assertThat(auditor.get("/admin/v1/status").body().at("/events/full").booleanValue())
                    .isFalse();
        }
    }

    private static AdminClient client(org.springframework.context.ConfigurableApplicationContext app, String role) {
        return new AdminClient(AdminApp.managementPort(app), FakeAuthenticator.token("someone", role, ""));
    }

    private static Answer list(AdminClient client, String query) {
        return client.get("/admin/v1/audit" + query);
    }
}
