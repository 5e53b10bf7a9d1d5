package io.headgate.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headgate.api.Problem;
import io.headgate.api.ProblemException;
import io.headgate.api.ResourceId;
import io.headgate.api.SpecProblem;
import io.headgate.ratelimit.RateLimitSpec.Mode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

class LimitInsightTest {

    private static final ResourceId LIMIT = ResourceId.parse("platform/x");

    private final String prefix = "test-" + UUID.randomUUID();
    private final TestTime time = new TestTime();
    private final AtomicReference<LimitBook> book = new AtomicReference<>(
            new LimitBook(List.of(Instance.limit("platform/x", Instance.quota(60, 60, 50), Mode.EXACT))));
    private final List<Instance> instances = new ArrayList<>();

    {
        for (String name : List.of("a", "b", "c")) {
            instances.add(new Instance(name, Instance.settings(prefix), book, time::nanos)
                    .on(Redises.store(prefix, time::micros)));
        }
        instances.forEach(Instance::beat);
    }

    private void ask(int instance, String tenant, int requests) {
        for (int i = 0; i < requests; i++) {
            instances.get(instance).ask("platform/x", tenant, 1);
        }
    }

    /** As the housekeeping does each second. */
    private void publish() {
        for (Instance instance : instances) {
            for (Traffic.Block block : instance.engine.parts().traffic().collect()) {
                Instance.join(instance.engine
                        .store()
                        .publish(
                                instance.engine.parts().fleet().name() + ":" + block.number(),
                                block.json(),
                                Duration.ofMinutes(5)));
            }
        }
    }

    private static ObjectNode answer(Mono<ObjectNode> asked) {
        return Objects.requireNonNull(asked.block(Instance.PATIENCE));
    }

    private ObjectNode simulate(String spec) {
        return answer(instances
                .getFirst()
                .engine
                .insight()
                .simulate(LIMIT, YAMLMapper.shared().readTree(spec)));
    }

    @Test
    void tellsWhatATenantHasLeftOverAllInstancesAndWhoIsRefused() {
        ask(0, "acme", 20);
        ask(1, "acme", 20);
        ask(2, "globex", 70);
        publish();

        ObjectNode usage = answer(instances.getFirst().engine.insight().usage(Optional.of("acme")));

        assertThat(usage.path("limits")).hasSize(1);
        assertThat(usage.at("/limits/0/limit").stringValue()).isEqualTo("platform/x");
        assertThat(usage.at("/limits/0/remaining").intValue()).isEqualTo(10);
        assertThat(usage.at("/limits/0/used").intValue()).isEqualTo(40);
        assertThat(usage.at("/limits/0/full_in").intValue()).isEqualTo(40);
        assertThat(usage.path("refusing")).isEmpty();
        ObjectNode all = answer(instances.getFirst().engine.insight().usage(Optional.empty()));
        assertThat(all.path("refusing")).hasSize(1);
        assertThat(all.at("/refusing/0/key").stringValue()).isEqualTo("globex");
        assertThat(all.at("/refusing/0/refused").intValue()).isEqualTo(20);
        assertThat(all.at("/refusing/0/requests").intValue()).isEqualTo(70);
        assertThat(all.path("instances")).hasSize(3);
    }

    @Test
    void triesAProposedLimitOnWhatAllInstancesSaw() {
        for (int second = 0; second < 5; second++) {
            ask(0, "acme", 10);
            ask(1, "acme", 10);
            ask(2, "globex", 1);
            publish();
            time.advance(Duration.ofSeconds(1));
        }

        ObjectNode answer = simulate("{key: [tenant], quota: 60, window: 60s, burst: 20}");

        assertThat(answer.path("instances"))
                .hasSize(3)
                .allSatisfy(instance ->
                        assertThat(instance.path("included").booleanValue()).isTrue());
        assertThat(answer.path("requests").intValue()).isEqualTo(105);
        assertThat(answer.at("/proposed/refused").intValue()).isEqualTo(100 - 20 - 4);
        assertThat(answer.at("/proposed/keys").intValue()).isEqualTo(1);
        assertThat(answer.at("/in_force/refused").intValue()).isEqualTo(100 - 50 - 4);
        JsonNode key = answer.at("/keys/0");
        assertThat(key.path("key").stringValue()).isEqualTo("acme");
        assertThat(key.path("refused_then").intValue()).isEqualTo(46);
        assertThat(key.at("/proposed/worst_refused").intValue()).isEqualTo(19);
    }

    @Test
    void triesOverridesOnTheKeysThatTheyName() {
        ask(0, "acme", 40);
        ask(0, "globex", 40);
        publish();

        ObjectNode answer = simulate(
                "{key: [tenant], quota: 60, window: 60s, burst: 10, overrides: {acme: {quota: 600, burst: 100}}}");

        assertThat(answer.at("/keys/0/key").stringValue()).isEqualTo("globex");
        assertThat(answer.at("/proposed/refused").intValue()).isEqualTo(30);
    }

    @Test
    void saysWhichInstanceIsNotInIt() {
        ask(0, "acme", 1);
        instances.removeLast();
        publish();

        ObjectNode answer = simulate("{key: [tenant], quota: 60, window: 60s}");

        assertThat(answer.at("/instances/2/name").stringValue()).isEqualTo("c");
        assertThat(answer.at("/instances/2/included").booleanValue()).isFalse();
    }

    @Test
    void refusesASpecThatCannotBeAndAKeyThatTrafficIsNotKnownBy() {
        assertThat(problems("{key: [tenant], quota: 0, window: 60s}")).containsExactly("/spec/quota");
        assertThat(problems("{key: [ip], quota: 5, window: 60s}")).containsExactly("/spec/key");
        assertThatThrownBy(() -> instances
                        .getFirst()
                        .engine
                        .insight()
                        .simulate(
                                ResourceId.parse("platform/none"),
                                YAMLMapper.shared().readTree("{}")))
                .isInstanceOf(ProblemException.class);
    }

    private List<String> problems(String spec) {
        try {
            simulate(spec);
            return List.of();
        } catch (ProblemException e) {
            return ((Problem.InvalidResource) e.problem())
                    .problems().stream().map(SpecProblem::pointer).toList();
        }
    }

    @Test
    void keepsTheKeysThatAskMostAndSaysHowManyAreLeftOut() {
        for (int i = 0; i < 1_010; i++) {
            ask(0, "tenant-" + i, i < 3 ? 2 : 1);
        }

        Traffic.Block block =
                instances.getFirst().engine.parts().traffic().collect().getLast();

        assertThat(block.rows()).hasSize(1_000);
        assertThat(block.rows().subList(0, 3)).extracting(Traffic.Row::total).containsOnly(2L);
        assertThat(block.beyond()).isEqualTo(10);
    }
}
