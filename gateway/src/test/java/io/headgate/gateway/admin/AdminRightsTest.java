package io.headgate.gateway.admin;

import static io.headgate.gateway.admin.FakeAuthenticator.token;
import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.gateway.admin.AdminClient.Answer;
import io.headgate.local.LocalPostgres;
import io.headgate.local.SharedStack;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.context.ConfigurableApplicationContext;

/** Each role with each operation: y is allowed, n is 403 and nothing changed. The team-writer is of team blue. */
class AdminRightsTest {

    /** Its documents: no two alike, so that an update always is one. */
    private record Form(String kind, String spec) {
        static Form of(String plural) {
            return switch (plural) {
                case "gadgets" -> new Form("Gadget", "\"size\":%d");
                case "dials" -> new Form("Dial", "\"level\":%d");
                case "secrets" -> new Form("Secret", "\"owner\":\"o%d\"");
                case "teams" -> new Form("Team", "\"paths\":[\"/api/r%d/**\"],\"upstreams\":[]");
                default -> throw new IllegalArgumentException(plural);
            };
        }
    }

    private static ConfigurableApplicationContext app;
    private static int next = 1;

    private static AdminClient admin;

    @BeforeAll
    static void start() {
        LocalPostgres postgres = SharedStack.postgres();
        app = AdminApp.start(postgres, postgres.createDatabase());
        AdminApp.createTeams(app, "blue", "green");
        admin = new AdminClient(AdminApp.managementPort(app), token("root", "platform-admin", ""));
    }

    @AfterAll
    static void stop() {
        app.close();
    }

    @ParameterizedTest(name = "{0} {1}/{2}")
    @CsvSource(
            delimiter = '|',
            value = {
                // operation | kind    | team     | name | team-writer | sre | auditor | service | platform-admin | none
                "read        | gadgets | blue     | x    | y | y | y | n | y | n",
                "read        | gadgets | green    | x    | y | y | y | n | y | n",
                "read        | dials   | green    | x    | y | y | y | n | y | n",
                "read        | secrets | platform | x    | n | y | y | n | y | n",
                "read        | teams   | platform | blue | y | y | y | n | y | n",
                "read        | teams   | platform | red  | n | y | y | n | y | n",
                "versions    | gadgets | green    | x    | y | y | y | n | y | n",
                "versions    | secrets | platform | x    | n | y | y | n | y | n",
                "list        | gadgets | green    | x    | y | y | y | n | y | n",
                "list        | secrets | platform | x    | n | y | y | n | y | n",
                "list        | teams   | platform | red  | n | y | y | n | y | n",
                "create      | gadgets | blue     | c    | y | n | n | n | y | n",
                "create      | gadgets | green    | c    | n | n | n | n | y | n",
                "create      | dials   | blue     | c    | y | y | n | n | y | n",
                "create      | dials   | green    | c    | n | y | n | n | y | n",
                "create      | secrets | platform | c    | n | n | n | n | y | n",
                "create      | teams   | platform | c    | n | n | n | n | y | n",
                "update      | gadgets | blue     | x    | y | n | n | n | y | n",
                "update      | gadgets | green    | x    | n | n | n | n | y | n",
                "update      | dials   | green    | x    | n | y | n | n | y | n",
                "update      | teams   | platform | blue | n | n | n | n | y | n",
                "delete      | gadgets | blue     | d    | y | n | n | n | y | n",
                "delete      | gadgets | green    | d    | n | n | n | n | y | n",
                "delete      | dials   | green    | d    | n | y | n | n | y | n",
                "rollback    | gadgets | blue     | x    | y | n | n | n | y | n",
                "rollback    | gadgets | green    | x    | n | n | n | n | y | n",
                "validate    | gadgets | blue     | v    | y | y | y | n | y | n",
                "status      | gadgets | blue     | x    | y | y | y | n | y | n",
            })
    void eachRoleDoesWhatItIsForAndNoMore(
            String operation,
            String kind,
            String team,
            String name,
            char writer,
            char sre,
            char auditor,
            char service,
            char platformAdmin,
            char none) {
        assertAnswer("team-writer", writer, operation, kind, team, name);
        assertAnswer("sre", sre, operation, kind, team, name);
        assertAnswer("auditor", auditor, operation, kind, team, name);
        assertAnswer("service", service, operation, kind, team, name);
        assertAnswer("platform-admin", platformAdmin, operation, kind, team, name);
        assertAnswer("", none, operation, kind, team, name);
    }

    private void assertAnswer(String role, char allowed, String operation, String kind, String team, String name) {
        String path = "/admin/v1/" + kind + "/" + team + "/" + name;
        prepare(operation, path, kind, team, name);
        String before = admin.get(path).etag();

        Answer answer = attempt(
                new AdminClient(AdminApp.managementPort(app), token("tess", role, "blue")),
                operation,
                path,
                kind,
                team,
                name);

        if (allowed == 'y') {
            assertThat(answer.status()).as(role + " " + answer).isBetween(200, 299);
        } else {
            assertThat(answer.status()).as(role + " " + answer).isEqualTo(403);
            assertThat(answer.body().path("type").stringValue()).isEqualTo("/problems/forbidden");
            assertThat(admin.get(path).etag())
                    .as("what was there is there still")
                    .isEqualTo(before);
        }
    }

    private void prepare(String operation, String path, String kind, String team, String name) {
        if (operation.equals("create") || operation.equals("validate")) {
            admin.delete(path, "If-Match", "*");
        } else if (admin.get(path).status() == 404) {
            Answer created = admin.putJson(path, document(kind, team, name));
            assertThat(created.status()).as(created.toString()).isEqualTo(201);
        }
    }

    private static Answer attempt(
            AdminClient client, String operation, String path, String kind, String team, String name) {
        return switch (operation) {
            case "read" -> client.get(path);
            case "versions" -> client.get(path + "/versions");
            case "list" -> client.get("/admin/v1/" + kind);
            case "create" -> client.putJson(path, document(kind, team, name));
            case "update" -> client.putJson(path, document(kind, team, name), "If-Match", "*");
            case "delete" -> client.delete(path, "If-Match", "*");
            case "rollback" -> client.post(path + "/rollback?to=1", "", "If-Match", "*");
            case "validate" ->
                client.post("/admin/v1/validate", document(kind, team, name), "Content-Type", "application/json");
            case "status" -> client.get("/admin/v1/status");
            default -> throw new IllegalArgumentException(operation);
        };
    }

    private static String document(String plural, String team, String name) {
        Form form = Form.of(plural);
        return "{\"apiVersion\":\"headgate/v1\",\"kind\":\"" + form.kind + "\",\"metadata\":{\"team\":\"" + team
                + "\",\"name\":\"" + name + "\"},\"spec\":{" + form.spec.formatted(next++) + "}}";
    }
}
