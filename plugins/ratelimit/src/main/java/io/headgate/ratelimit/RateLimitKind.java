package io.headgate.ratelimit;

import io.headgate.api.AdminRole;
import io.headgate.api.ConfigKind;
import io.headgate.api.ConfigSnapshot;
import io.headgate.api.Resource;
import io.headgate.api.ResourceId;
import io.headgate.api.Review;
import io.headgate.api.SpecReader;
import io.headgate.ratelimit.RateLimitSpec.Enforcement;
import io.headgate.ratelimit.RateLimitSpec.Mode;
import io.headgate.ratelimit.RateLimitSpec.OnStoreDown;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** The kind {@code RateLimit}. SREs may change every one, teams their own. */
final class RateLimitKind implements ConfigKind<RateLimitSpec> {

    private static final int MAX_KEYS = 4;
    private static final int MAX_ROUTES = 100;
    private static final int MAX_OVERRIDES = 10_000;
    private static final String KEY = "key";
    private static final String ROUTES = "routes";
    private static final String BURST = "burst";
    private static final String WINDOW = "window";

    private final double leasedShare;

    /** @param leasedShare of a burst, that all instances together may hold ahead */
    RateLimitKind(double leasedShare) {
        this.leasedShare = leasedShare;
    }

    @Override
    public String kind() {
        return "RateLimit";
    }

    @Override
    public String plural() {
        return "rate-limits";
    }

    @Override
    public Class<RateLimitSpec> specType() {
        return RateLimitSpec.class;
    }

    @Override
    public RateLimitSpec read(SpecReader spec, ResourceId id) {
        List<KeyPart> key = spec.parsedList(KEY, KeyPart::parse);
        Supplier<List<RoutePattern>> routes = spec.objectOrDefaults("appliesTo", where -> routes(where, id));
        Supplier<Amount> base = amount(spec, true);
        Supplier<Map<String, Amount>> overrides = spec.map("overrides", RateLimitKind::amountAlone);
        Supplier<Map<String, Amount>> plans = spec.map("plans", RateLimitKind::amountAlone);
        Mode mode = spec.choice("mode", Mode.class, Mode.LEASED);
        OnStoreDown onStoreDown = spec.choice("onStoreDown", OnStoreDown.class, OnStoreDown.LOCAL);
        Enforcement enforcement = spec.choice("enforcement", Enforcement.class, Enforcement.ENFORCE);
        refuseOddKeys(spec, key);
        refuseTooMany(spec, "overrides");
        refuseTooMany(spec, "plans");
        return spec.build(() -> new RateLimitSpec(
                key,
                routes.get(),
                base.get().over(Optional.empty()),
                quotas(overrides.get(), base.get()),
                quotas(plans.get(), base.get()),
                mode,
                onStoreDown,
                enforcement));
    }

    /** What a document says of an amount; what it leaves out is the base's. */
    private record Amount(Optional<Long> quota, Optional<Duration> window, Optional<Long> burst) {

        Quota over(Optional<Amount> base) {
            long tokens = quota.or(() -> base.flatMap(Amount::quota)).orElseThrow();
            return new Quota(
                    tokens,
                    window.or(() -> base.flatMap(Amount::window)).orElseThrow(),
                    burst.or(() -> base.flatMap(Amount::burst)).orElse(tokens));
        }
    }

    private static Map<String, Quota> quotas(Map<String, Amount> amounts, Amount base) {
        return amounts.entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey, entry -> entry.getValue().over(Optional.of(base))));
    }

    private static Amount amountAlone(SpecReader spec) {
        Supplier<Amount> amount = amount(spec, false);
        return spec.build(amount);
    }

    private static Supplier<Amount> amount(SpecReader spec, boolean isBase) {
        Optional<Long> quota = tokens(spec, "quota");
        Optional<Duration> window = window(spec);
        Optional<Long> burst = tokens(spec, BURST);
        if (isBase) {
            requirePresent(spec, "quota", "a whole number, 1.." + Quota.MAX_TOKENS);
            requirePresent(spec, WINDOW, "a time, as in 60s");
        }
        return () -> new Amount(quota, window, burst);
    }

    private static void requirePresent(SpecReader spec, String member, String expected) {
        if (isAbsent(spec, member)) {
            spec.problem(member, "missing (expected: " + expected + ")");
        }
    }

    private static boolean isAbsent(SpecReader spec, String member) {
        return spec.raw(member).isMissingNode() || spec.raw(member).isNull();
    }

    private static Optional<Long> tokens(SpecReader spec, String member) {
        long tokens = spec.integer(member, 0L, 1, Quota.MAX_TOKENS);
        return tokens == 0 ? Optional.empty() : Optional.of(tokens);
    }

    private static Optional<Duration> window(SpecReader spec) {
        Duration window = spec.duration(WINDOW, Duration.ZERO, Quota.MAX_WINDOW);
        if (window.toNanosPart() != 0) {
            spec.problem(WINDOW, window.toMillis() + "ms (expected: whole seconds)");
        }
        return window.isZero() ? Optional.empty() : Optional.of(window);
    }

    private static List<RoutePattern> routes(SpecReader where, ResourceId id) {
        List<RoutePattern> routes =
                where.parsedList(ROUTES, text -> ownRoutes(id, RoutePattern.parse(id.team(), text)));
        if (routes.size() > MAX_ROUTES) {
            where.problem(ROUTES, routes.size() + " patterns (expected: at most " + MAX_ROUTES + ")");
        }
        return where.build(() -> routes);
    }

    private static RoutePattern ownRoutes(ResourceId id, RoutePattern pattern) {
        if (!id.team().equals(ResourceId.PLATFORM) && !pattern.team().equals(id.team())) {
            throw new IllegalArgumentException(
                    "'" + pattern + "' (expected: routes of team " + id.team() + "; only the platform limits others)");
        }
        return pattern;
    }

    private static void refuseOddKeys(SpecReader spec, List<KeyPart> key) {
        boolean isRead = spec.raw(KEY).isArray() && spec.raw(KEY).size() == key.size();
        if (isAbsent(spec, KEY)) {
            spec.problem(
                    KEY, "missing (expected: 1.." + MAX_KEYS + " of tenant, user, apiKey, route, ip, header:<name>)");
        } else if (isRead && (key.isEmpty() || key.size() > MAX_KEYS)) {
            spec.problem(KEY, key.size() + " keys (expected: 1.." + MAX_KEYS + ")");
        } else if (isRead && new HashSet<>(key).size() < key.size()) {
            spec.problem(KEY, "a key is there twice (expected: once)");
        }
    }

    private static void refuseTooMany(SpecReader spec, String member) {
        if (spec.raw(member).size() > MAX_OVERRIDES) {
            spec.problem(member, spec.raw(member).size() + " entries (expected: at most " + MAX_OVERRIDES + ")");
        }
    }

    @Override
    public void review(Resource<RateLimitSpec> candidate, ConfigSnapshot others, Review review) {
        RateLimitSpec spec = candidate.spec();
        if (spec.mode() == Mode.LEASED && spec.quota().leaseSize(1, leasedShare) < LeasedLimiter.LEAST) {
            review.warning("mode: a burst of " + spec.quota().burst()
                    + " leaves nothing to lease, so that the limit counts as exact");
        }
        if (spec.enforcement() == Enforcement.SHADOW) {
            review.warning("enforcement: shadow refuses nobody");
        }
        if (spec.key().stream().noneMatch(part -> part == KeyPart.Known.TENANT || part == KeyPart.Known.USER)
                && !spec.plans().isEmpty()
                && spec.key().stream().noneMatch(part -> part == KeyPart.Known.API_KEY)) {
            review.warning("plans: callers of different plans share the buckets of this limit");
        }
    }

    @Override
    public Set<AdminRole> writers(Optional<RateLimitSpec> before, Optional<RateLimitSpec> after) {
        return Set.of(AdminRole.TEAM_WRITER, AdminRole.SRE, AdminRole.PLATFORM_ADMIN);
    }
}
