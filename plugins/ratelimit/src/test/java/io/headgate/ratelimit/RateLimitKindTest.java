package io.headgate.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.api.AdminRole;
import io.headgate.api.FakeSnapshot;
import io.headgate.api.Resource;
import io.headgate.api.ResourceId;
import io.headgate.api.Review;
import io.headgate.api.SpecProblem;
import io.headgate.api.SpecReader;
import io.headgate.ratelimit.RateLimitSpec.Enforcement;
import io.headgate.ratelimit.RateLimitSpec.Mode;
import io.headgate.ratelimit.RateLimitSpec.OnStoreDown;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.dataformat.yaml.YAMLMapper;

class RateLimitKindTest {

    private static final ResourceId PLATFORM = new ResourceId("platform", "tenant-default");
    private static final ResourceId REPORTS = new ResourceId("reports", "own");

    private final RateLimitKind kind = new RateLimitKind(0.05);

    @Test
    void readsAWholeSpec() {
        RateLimitSpec spec = valid(PLATFORM, """
                key: [tenant, header:X-Device]
                appliesTo: { routes: ["reports/*", "metrics/api"] }
                quota: 600
                window: 60s
                burst: 100
                overrides: { acme: { quota: 6000, burst: 500 } }
                plans: { pro: { quota: 3000, burst: 300 } }
                mode: exact
                onStoreDown: deny
                enforcement: shadow
                """);

        assertThat(spec.key()).containsExactly(KeyPart.Known.TENANT, new KeyPart.Header("x-device"));
        assertThat(spec.routes()).containsExactly(new RoutePattern("reports", "*"), new RoutePattern("metrics", "api"));
        assertThat(spec.quota()).isEqualTo(Instance.quota(600, 60, 100));
        assertThat(spec.mode()).isEqualTo(Mode.EXACT);
        assertThat(spec.onStoreDown()).isEqualTo(OnStoreDown.DENY);
        assertThat(spec.enforcement()).isEqualTo(Enforcement.SHADOW);
    }

    @Test
    void letsAnOverrideWinOverAPlanAndAPlanOverTheRest() {
        RateLimitSpec spec = valid(PLATFORM, """
                key: [tenant]
                quota: 600
                window: 60s
                burst: 100
                overrides: { acme: { quota: 6000 } }
                plans: { pro: { burst: 300 } }
                """);

        assertThat(spec.quotaFor("acme", Optional.of("pro"))).isEqualTo(Instance.quota(6000, 60, 100));
        assertThat(spec.quotaFor("globex", Optional.of("pro"))).isEqualTo(Instance.quota(600, 60, 300));
        assertThat(spec.quotaFor("globex", Optional.of("free"))).isEqualTo(Instance.quota(600, 60, 100));
        assertThat(spec.quotaFor("globex", Optional.empty())).isEqualTo(Instance.quota(600, 60, 100));
    }

    @Test
    void takesTheQuotaForTheBurstWhereNoneIsGiven() {
        assertThat(valid(PLATFORM, "{key: [ip], quota: 5, window: 1m}").quota()).isEqualTo(Instance.quota(5, 60, 5));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {quota: 5, window: 60s}                                             | /spec/key
            {key: null, quota: 5, window: 60s}                                  | /spec/key
            {key: [ip], quota: null, window: 60s}                               | /spec/quota
            {key: [], quota: 5, window: 60s}                                    | /spec/key
            {key: [tenant, tenant], quota: 5, window: 60s}                      | /spec/key
            {key: [tenant, user, ip, route, apiKey], quota: 5, window: 60s}     | /spec/key
            {key: [planet], quota: 5, window: 60s}                              | /spec/key/0
            {key: ['header:A B'], quota: 5, window: 60s}                        | /spec/key/0
            {key: tenant, quota: 5, window: 60s}                                | /spec/key
            {key: [ip], window: 60s}                                            | /spec/quota
            {key: [ip], quota: 0, window: 60s}                                  | /spec/quota
            {key: [ip], quota: 10000001, window: 60s}                           | /spec/quota
            {key: [ip], quota: 1.5, window: 60s}                                | /spec/quota
            {key: [ip], quota: 5}                                               | /spec/window
            {key: [ip], quota: 5, window: 60}                                   | /spec/window
            {key: [ip], quota: 5, window: 1500ms}                               | /spec/window
            {key: [ip], quota: 5, window: 32d}                                  | /spec/window
            {key: [ip], quota: 5, window: 60s, burst: 0}                        | /spec/burst
            {key: [ip], quota: 5, window: 60s, mode: loose}                     | /spec/mode
            {key: [ip], quota: 5, window: 60s, onStoreDown: panic}              | /spec/onStoreDown
            {key: [ip], quota: 5, window: 60s, enforcement: maybe}              | /spec/enforcement
            {key: [ip], quota: 5, window: 60s, colour: red}                     | /spec/colour
            {key: [ip], quota: 5, window: 60s, appliesTo: {routes: ['a b']}}    | /spec/appliesTo/routes/0
            {key: [ip], quota: 5, window: 60s, appliesTo: {routes: ['*/x']}}    | /spec/appliesTo/routes/0
            {key: [ip], quota: 5, window: 60s, appliesTo: {paths: ['/x']}}      | /spec/appliesTo/paths
            {key: [ip], quota: 5, window: 60s, overrides: {acme: {quota: 0}}}   | /spec/overrides/acme/quota
            {key: [ip], quota: 5, window: 60s, overrides: {acme: {rate: 7}}}    | /spec/overrides/acme/rate
            {key: [ip], quota: 5, window: 60s, plans: {pro: {window: 90ms}}}    | /spec/plans/pro/window
            """)
    void placesEveryProblem(String spec, String pointer) {
        assertThat(problems(PLATFORM, spec)).containsExactly(pointer);
    }

    @Test
    void namesAllProblemsAtOnce() {
        assertThat(problems(PLATFORM, "{key: [planet], quota: 0, window: 1ms, mode: loose}"))
                .containsExactlyInAnyOrder("/spec/key/0", "/spec/quota", "/spec/window", "/spec/mode");
    }

    @Test
    void keepsATeamToItsOwnRoutes() {
        String spec = "{key: [ip], quota: 5, window: 60s, appliesTo: {routes: [api, 'reports/*', 'metrics/*', '*/*']}}";

        assertThat(problems(REPORTS, spec)).containsExactly("/spec/appliesTo/routes/2", "/spec/appliesTo/routes/3");
        assertThat(problems(PLATFORM, spec)).isEmpty();
    }

    @Test
    void warnsOfALimitThatIsTooSmallToLeaseAndOfOneThatRefusesNobody() {
        assertThat(warnings("{key: [ip], quota: 5, window: 60s, enforcement: shadow}"))
                .hasSize(2)
                .anySatisfy(warning -> assertThat(warning).startsWith("mode: a burst of 5"))
                .anySatisfy(warning -> assertThat(warning).startsWith("enforcement: shadow"));
        assertThat(warnings("{key: [tenant], quota: 6000, window: 60s}")).isEmpty();
    }

    @Test
    void letsSresTuneEveryLimit() {
        assertThat(kind.writers(Optional.empty(), Optional.empty()))
                .containsExactlyInAnyOrder(AdminRole.SRE, AdminRole.TEAM_WRITER, AdminRole.PLATFORM_ADMIN);
    }

    private List<String> warnings(String yaml) {
        Review review = new Review();
        kind.review(
                new Resource<>("RateLimit", PLATFORM, 1, Resource.Origin.API, valid(PLATFORM, yaml)),
                new FakeSnapshot(),
                review);
        return review.warnings();
    }

    private RateLimitSpec valid(ResourceId id, String yaml) {
        return switch (read(id, yaml)) {
            case SpecReader.Outcome.Valid<RateLimitSpec>(RateLimitSpec spec) -> spec;
            case SpecReader.Outcome.Invalid<RateLimitSpec> invalid -> throw new AssertionError(invalid.problems());
        };
    }

    private List<String> problems(ResourceId id, String yaml) {
        return switch (read(id, yaml)) {
            case SpecReader.Outcome.Valid<RateLimitSpec> _ -> List.of();
            case SpecReader.Outcome.Invalid<RateLimitSpec> invalid ->
                invalid.problems().stream().map(SpecProblem::pointer).toList();
        };
    }

    private SpecReader.Outcome<RateLimitSpec> read(ResourceId id, String yaml) {
        return SpecReader.read(YAMLMapper.shared().readTree(yaml), "/spec", spec -> kind.read(spec, id));
    }
}
