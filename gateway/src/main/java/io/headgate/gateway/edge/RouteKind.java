package io.headgate.gateway.edge;

import io.headgate.api.AdminRole;
import io.headgate.api.ConfigKind;
import io.headgate.api.ConfigSnapshot;
import io.headgate.api.DatabaseSpec;
import io.headgate.api.PathTemplate;
import io.headgate.api.PathTemplate.Literal;
import io.headgate.api.Resource;
import io.headgate.api.ResourceId;
import io.headgate.api.Review;
import io.headgate.api.RouteInfo;
import io.headgate.api.RouteStep;
import io.headgate.api.SpecReader;
import io.headgate.api.TeamSpec;
import io.headgate.gateway.edge.CanonicalPath.Reading;
import io.headgate.gateway.upstream.UpstreamSpec;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.springframework.http.HttpMethod;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The kind {@code Route}: reads what a team wrote, and holds it against what the team owns and what is there already. */
final class RouteKind implements ConfigKind<RouteSpec> {

    private static final Pattern HOST =
            Pattern.compile("(\\*\\.)?[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(\\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*");
    private static final Pattern METHOD = Pattern.compile("[A-Z][A-Z-]{1,30}");
    /** They would let a client look into, or out of, the gateway. */
    private static final Set<String> REFUSED_METHODS = Set.of("CONNECT", "TRACE");

    private static final int MAX_SEGMENTS = 32;
    private static final int MAX_FILTERS = 32;
    private static final int MAX_CONFLICTS = 20;
    private static final PathTemplate UNREAD = PathTemplate.parse("/");

    private final List<RouteStep<?>> steps;
    private final StockFilters stockFilters;
    private final Supplier<EdgeServices> services;

    /** @param services asked for at the first review: what they serve from is itself configured by the registry */
    RouteKind(List<RouteStep<?>> steps, StockFilters stockFilters, Supplier<EdgeServices> services) {
        this.steps = List.copyOf(steps);
        this.stockFilters = stockFilters;
        this.services = services;
        Set<String> sections = new HashSet<>(Set.of("match", "upstream", "filters", "cors", "lifecycle"));
        for (RouteStep<?> step : steps) {
            if (!sections.add(step.section())) {
                throw new IllegalArgumentException(
                        step.getClass().getName() + ": section '" + step.section() + "' is taken");
            }
        }
    }

    @Override
    public String kind() {
        return "Route";
    }

    @Override
    public String plural() {
        return "routes";
    }

    @Override
    public Class<RouteSpec> specType() {
        return RouteSpec.class;
    }

    @Override
    public RouteSpec read(SpecReader spec, ResourceId id) {
        RouteInfo[] info = {new RouteInfo(id, Optional.empty(), UNREAD, Set.of())};
        Supplier<RouteInfo> match = spec.object("match", reader -> readMatch(reader, id, info));
        Supplier<UpstreamSpec> upstream = spec.object("upstream", UpstreamSpec::read);
        List<StockFilter> filters = spec.parsedElements("filters", stockFilters::read);
        Optional<Supplier<CorsSpec>> cors = spec.optionalObject("cors", CorsSpec::read);
        Supplier<Lifecycle> lifecycle = spec.objectOrDefaults("lifecycle", Lifecycle::read);
        List<Supplier<RouteSpec.Section<?>>> sections = new ArrayList<>();
        steps.forEach(step -> sections.add(section(spec, step, info[0])));
        if (filters.size() > MAX_FILTERS) {
            spec.problem("filters", filters.size() + " elements (expected: at most " + MAX_FILTERS + ")");
        }
        return spec.build(() -> new RouteSpec(
                match.get().readingFrom(upstream.get().databases().values()),
                upstream.get(),
                filters,
                cors.map(Supplier::get),
                lifecycle.get(),
                sections.stream().<RouteSpec.Section<?>>map(Supplier::get).toList()));
    }

    private static Supplier<RouteSpec.Section<?>> section(SpecReader spec, RouteStep<?> step, RouteInfo route) {
        return spec.objectOrDefaults(step.section(), section -> RouteSpec.Section.read(step, section, route));
    }

    /** @param read set to what was readable, for the sections that follow, also where not all was */
    private static RouteInfo readMatch(SpecReader spec, ResourceId id, RouteInfo[] read) {
        Optional<String> host = spec.optionalParsed("host", RouteKind::host);
        Optional<PathTemplate> path = spec.optionalParsed("path", RouteKind::path);
        if (spec.optionalText("path").isEmpty()) {
            spec.text("path");
        }
        Set<HttpMethod> methods = new LinkedHashSet<>(spec.parsedList("methods", RouteKind::method));
        read[0] = new RouteInfo(id, host, path.orElse(UNREAD), methods);
        return spec.build(() -> read[0]);
    }

    private static String host(String text) {
        String host = text.toLowerCase(Locale.ROOT);
        if (host.length() > 253 || !HOST.matcher(host).matches()) {
            throw new IllegalArgumentException(
                    "'" + text + "' (expected: a host without a port, or '*.' and a domain)");
        }
        return host;
    }

    private static PathTemplate path(String text) {
        PathTemplate path = PathTemplate.parse(text);
        if (path.segments().size() > MAX_SEGMENTS) {
            throw new IllegalArgumentException("'" + text + "' (expected: at most " + MAX_SEGMENTS + " segments)");
        }
        for (PathTemplate.Segment segment : path.segments()) {
            if (segment instanceof Literal(String literal) && !isCanonical(literal)) {
                throw new IllegalArgumentException(
                        "'" + literal + "' in '" + text
                                + "' (expected: no escape that can be written plainly, since requests are matched in that form)");
            }
        }
        return path;
    }

    private static boolean isCanonical(String literal) {
        return CanonicalPath.read("/" + literal) instanceof Reading.Canonical(String path)
                && path.equals("/" + literal);
    }

    private static HttpMethod method(String text) {
        if (!METHOD.matcher(text).matches() || REFUSED_METHODS.contains(text)) {
            throw new IllegalArgumentException(
                    "'" + text + "' (expected: a method in upper case, and neither CONNECT nor TRACE)");
        }
        return HttpMethod.valueOf(text);
    }

    @Override
    public Mono<Void> inform(ResourceId id) {
        return Flux.fromIterable(steps).concatMap(step -> step.inform(id)).then();
    }

    /** Nothing names a route, so that changing one never costs a look at all the others. */
    @Override
    public boolean isReferenced() {
        return false;
    }

    @Override
    public Set<AdminRole> writers(Optional<RouteSpec> before, Optional<RouteSpec> after) {
        Set<AdminRole> reserved = new HashSet<>();
        before.ifPresent(spec -> spec.sections().forEach(it -> it.reservedTo().ifPresent(reserved::add)));
        after.ifPresent(spec -> spec.sections().forEach(it -> it.reservedTo().ifPresent(reserved::add)));
        if (!reserved.isEmpty()) {
            return reserved;
        }
        return before.isPresent() && after.isPresent() && after.get().isOperationalChangeOf(before.get())
                ? Set.of(AdminRole.TEAM_WRITER, AdminRole.SRE, AdminRole.PLATFORM_ADMIN)
                : Set.of(AdminRole.TEAM_WRITER, AdminRole.PLATFORM_ADMIN);
    }

    @Override
    public void review(Resource<RouteSpec> candidate, ConfigSnapshot others, Review review) {
        RouteSpec spec = candidate.spec();
        reviewOwnership(spec, others, review);
        reviewDatabases(spec.upstream(), others, review);
        PathTemplate path = spec.info().path();
        if (BuiltIns.owns(path) || services.get().owns(path)) {
            review.problem(
                    "/spec/match/path", "'" + path + "' (expected: a path that the gateway does not serve itself)");
        }
        spec.sections().forEach(section -> section.review(spec.info(), others, review));
        reviewCallers(spec, review);
        reviewConflicts(candidate, others, review);
    }

    private static void reviewOwnership(RouteSpec spec, ConfigSnapshot others, Review review) {
        String team = spec.info().id().team();
        Optional<TeamSpec> owner = others.find(TeamSpec.class, new ResourceId(ResourceId.PLATFORM, team))
                .map(Resource::spec);
        if (owner.isEmpty()) {
            review.problem(
                    "/metadata/team",
                    "'" + team + "' (expected: a team that exists; a platform-admin makes one as Team platform/" + team
                            + ")");
            return;
        }
        if (!owner.get().ownsPath(spec.info().path())) {
            review.problem(
                    "/spec/match/path",
                    "'" + spec.info().path() + "' (expected: within what team " + team + " owns: "
                            + words(owner.get().paths()) + ")");
        }
        spec.upstream().addresses().forEach((pointer, address) -> {
            if (!owner.get().mayCall(address)) {
                review.problem(
                        "/spec/upstream" + pointer,
                        "'" + address + "' (expected: one that team " + team + " may call: "
                                + words(owner.get().upstreams().stream()
                                        .map(pattern -> pattern.text())
                                        .toList())
                                + ")");
            }
        });
    }

    /** What works for a tenant would refuse every request of a route that knows none. */
    private static void reviewCallers(RouteSpec spec, Review review) {
        if (spec.sections().stream().anyMatch(RouteSpec.Section::admitsAnyone)) {
            spec.sections().stream()
                    .filter(RouteSpec.Section::needsCaller)
                    .map(section -> section.step().section())
                    .forEach(section -> review.problem(
                            "/spec/" + section,
                            "needs a caller (expected: none where authz.mode is public, since nobody is known there)"));
        }
    }

    private static void reviewDatabases(UpstreamSpec upstream, ConfigSnapshot others, Review review) {
        upstream.databases().forEach((pointer, named) -> {
            Optional<DatabaseSpec> cluster = others.find(
                            DatabaseSpec.class, new ResourceId(ResourceId.PLATFORM, named.database()))
                    .map(Resource::spec);
            if (cluster.isEmpty()) {
                review.problem(
                        "/spec/upstream" + pointer, "'" + named + "' (expected: a replica of a Database that exists)");
            } else if (cluster.get().replica(named.replica()).isEmpty()) {
                review.problem(
                        "/spec/upstream" + pointer,
                        "'" + named + "' (expected: a replica of Database " + named.database() + ": "
                                + words(cluster.get().replicas().stream()
                                        .map(DatabaseSpec.Replica::name)
                                        .toList())
                                + ")");
            }
        });
    }

    private static String words(List<?> values) {
        return values.isEmpty()
                ? "nothing"
                : values.stream().map(String::valueOf).collect(Collectors.joining(", "));
    }

    private static void reviewConflicts(Resource<RouteSpec> candidate, ConfigSnapshot others, Review review) {
        RouteMatch match = candidate.spec().match();
        int found = 0;
        for (Resource<RouteSpec> other : others.all(RouteSpec.class)) {
            if (match.conflictsWith(other.spec().match()) && found++ < MAX_CONFLICTS) {
                review.conflict(new Review.Conflict(
                        "Route",
                        other.id(),
                        "/spec/match",
                        match.exampleWith(other.spec().match())));
            }
        }
    }
}
