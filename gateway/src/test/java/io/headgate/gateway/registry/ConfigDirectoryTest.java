package io.headgate.gateway.registry;

import static io.headgate.gateway.registry.Registries.PATIENCE;
import static io.headgate.gateway.registry.Registries.await;
import static io.headgate.gateway.registry.Registries.awaitRevision;
import static io.headgate.gateway.registry.Registries.awaitState;
import static io.headgate.gateway.registry.Registries.claim;
import static io.headgate.gateway.registry.Registries.problemOf;
import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.api.ProblemType;
import io.headgate.api.Resource;
import io.headgate.local.SharedStack;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigDirectoryTest {

    @TempDir
    private Path directory;

    private final Registries all = new Registries(SharedStack.postgres());
    private final ClaimsView view = new ClaimsView();

    @AfterEach
    void stop() {
        all.close();
    }

    private LiveRegistry start() {
        return all.start("gateway-0", Optional.empty(), Optional.of(directory), view);
    }

    /** At once: nothing settles here, and a look at half of a file would find that the rest is gone. */
    private void write(String file, String... documents) throws IOException {
        Path path = directory.resolve(file);
        Files.createDirectories(path.getParent());
        Path hidden = path.resolveSibling("." + path.getFileName());
        Files.writeString(hidden, String.join("\n---\n", documents));
        Files.move(hidden, path, StandardCopyOption.ATOMIC_MOVE);
    }

    private static String thing(String id, String spec) {
        return resource("Thing", id, spec);
    }

    private static String resource(String kind, String id, String spec) {
        String[] name = id.split("/", 2);
        return "apiVersion: headgate/v1\nkind: " + kind + "\nmetadata: { team: " + name[0] + ", name: " + name[1]
                + " }\nspec: " + spec;
    }

    private List<InstanceStatus.FileProblem> problems(LiveRegistry registry) {
        return registry.status()
                .blockOptional(PATIENCE)
                .orElseThrow()
                .instances()
                .getFirst()
                .files();
    }

    @Test
    void takesADirectoryInAnyOrderOfWhatNeedsWhatAtTheVeryFirstStart() throws IOException {
        write("a-needs-b.yaml", thing("reports/a", "{ claim: a, needs: b }"));
        write("sub/b.yml", thing("reports/b", "{ claim: b }"), thing("reports/c", "{ claim: c, needs: a }"));
        write("z-team.yaml", resource("Team", "platform/reports", "{ paths: [/api/reports/**] }"));
        write(
                "d.json",
                "{\"apiVersion\":\"headgate/v1\",\"kind\":\"Thing\",\"metadata\":{\"team\":\"reports\","
                        + "\"name\":\"d\"},\"spec\":{\"claim\":\"d\"}}");
        write("notes.txt", "not a resource");
        write(".hidden.yaml", "neither: this");

        LiveRegistry registry = start();

        awaitRevision(registry, 5);
        assertThat(registry.view(view)).containsOnlyKeys("reports/a", "reports/b", "reports/c", "reports/d");
        assertThat(problems(registry)).isEmpty();
        assertThat(all.query("SELECT DISTINCT origin FROM headgate.resource")).isEqualTo("FILE");
    }

    @Test
    void followsWhatIsAddedChangedAndTakenAway() throws IOException {
        write("one.yaml", thing("platform/one", "{ claim: a }"));
        LiveRegistry registry = start();
        awaitRevision(registry, 1);

        write("two.yaml", thing("platform/two", "{ claim: b }"));
        awaitRevision(registry, 2);
        write("one.yaml", thing("platform/one", "{ claim: changed }"));
        awaitRevision(registry, 3);
        assertThat(registry.view(view)).containsEntry("platform/one", "changed");
        Files.delete(directory.resolve("two.yaml"));
        awaitRevision(registry, 4);
        assertThat(registry.view(view)).containsOnlyKeys("platform/one");
    }

    @Test
    void renamesAResourceThatWouldConflictWithItselfInOneStep() throws IOException {
        write("one.yaml", thing("platform/one", "{ claim: a }"));
        LiveRegistry registry = start();
        awaitRevision(registry, 1);

        write("one.yaml", thing("platform/renamed", "{ claim: a }"));

        awaitRevision(registry, 3);
        assertThat(registry.view(view)).containsOnlyKeys("platform/renamed");
        assertThat(problems(registry)).isEmpty();
    }

    @Test
    void aBadFileStopsNoOtherIsNamedAndDeletesNothing() throws IOException {
        write("one.yaml", thing("platform/one", "{ claim: a }"));
        write("two.yaml", thing("platform/two", "{ claim: b }"));
        LiveRegistry registry = start();
        awaitRevision(registry, 2);

        write("two.yaml", "apiVersion: headgate/v1\nkind: Thing\nkind: Thing");
        write("three.yaml", thing("platform/three", "{ claim: c }"), thing("platform/four", "{ claim: a, odd: 1 }"));

        awaitRevision(registry, 3);
        assertThat(registry.view(view)).containsOnlyKeys("platform/one", "platform/two", "platform/three");
        await(() -> problems(registry).size() == 2);
        assertThat(problems(registry))
                .anySatisfy(problem -> {
                    assertThat(problem.file()).isEqualTo("two.yaml");
                    assertThat(problem.reason()).contains("line 3").contains("twice");
                })
                .anySatisfy(problem -> {
                    assertThat(problem.file()).isEqualTo("three.yaml#2");
                    assertThat(problem.reason()).contains("/spec/odd");
                });
    }

    @Test
    void whatOneSourceKeepsTheOtherCannotChange() throws IOException {
        write("one.yaml", thing("platform/one", "{ claim: a }"));
        LiveRegistry registry = start();
        awaitRevision(registry, 1);

        assertThat(problemOf(() -> all.put(registry, "platform/one", claim("x"), Precondition.EXISTS))
                        .detail())
                .contains("configuration directory");
        assertThat(problemOf(() -> all.delete(registry, all.things, "platform/one", Precondition.EXISTS))
                        .type())
                .isEqualTo(ProblemType.CONFLICT);

        all.create(registry, "platform/two", claim("b"));
        write("two.yaml", thing("platform/two", "{ claim: other }"));
        await(() -> problems(registry).size() == 1);
        assertThat(registry.view(view)).containsEntry("platform/two", "b");

        all.delete(registry, all.things, "platform/two", Precondition.EXISTS);
        await(() -> problems(registry).isEmpty() && registry.view(view).containsKey("platform/two"));
        assertThat(registry.view(view)).containsEntry("platform/two", "other");
    }

    @Test
    void severalInstancesWithTheSameDirectoryWriteItOnce() throws IOException {
        write("one.yaml", thing("platform/one", "{ claim: a }"));
        LiveRegistry first = start();
        LiveRegistry second = all.start("gateway-1", Optional.empty(), Optional.of(directory), new ClaimsView());
        awaitRevision(first, 1);
        awaitRevision(second, 1);

        write("two.yaml", thing("platform/two", "{ claim: b }"));

        awaitRevision(first, 2);
        awaitRevision(second, 2);
        assertThat(all.query("SELECT count(*) FROM headgate.resource_version")).isEqualTo("2");
        assertThat(first.newest().rows()).allMatch(row -> row.origin() == Resource.Origin.FILE);
    }

    @Test
    void whatAnotherInstanceTookMeanwhileIsNotUndoneByAnOlderLook() throws IOException {
        write("one.yaml", thing("platform/one", "{ claim: a }"));
        LiveRegistry first = start();
        LiveRegistry second = all.start("gateway-1");
        awaitRevision(first, 1);
        awaitRevision(second, 1);
        Head before = second.newest();
        write("two.yaml", thing("platform/two", "{ claim: b }"));
        awaitRevision(first, 2);

        var refused = second.reconcile(before, List.of(), true).blockOptional(PATIENCE);

        assertThat(refused).as("what was decided on an old look").isEmpty();
        assertThat(all.query("SELECT count(*) FROM headgate.resource_version")).isEqualTo("2");
        assertThat(second.reconcile(second.newest(), List.of(), true).blockOptional(PATIENCE))
                .isPresent();
        assertThat(all.query("SELECT count(*) FROM headgate.resource_version WHERE spec IS NULL"))
                .isEqualTo("2");
    }

    @Test
    void aDirectoryThatIsMissingDeletesNothingAndIsTakenWhenItComes() throws IOException {
        write("one.yaml", thing("platform/one", "{ claim: a }"));
        LiveRegistry registry = start();
        awaitRevision(registry, 1);
        Path aside = directory.resolveSibling(directory.getFileName() + "-aside");

        Files.move(directory, aside);
        await(() -> problems(registry).size() == 1);
        assertThat(registry.view(view)).containsKey("platform/one");
        Files.move(aside, directory);

        write("two.yaml", thing("platform/two", "{ claim: b }"));
        awaitRevision(registry, 2);
        await(() -> problems(registry).isEmpty());
        awaitState(registry, RegistryState.Live.class);
    }
}
