package io.headgate.reads;

import io.headgate.api.ConfigSnapshot;
import io.headgate.api.ConfigView;
import io.headgate.api.DatabaseSpec;
import io.headgate.api.LiveConfig;
import io.headgate.api.Resource;
import io.headgate.api.ResourceId;
import io.r2dbc.spi.ConnectionFactory;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.DisposableBean;

/** The databases of each revision. A node that stays keeps its connections, and what was learnt of it. */
final class LiveDatabases implements ConfigView<LiveDatabases.Book>, Databases, DisposableBean {

    private static final Logger log = LoggerFactory.getLogger(LiveDatabases.class);

    /** @param broken those that are left out, with the reason */
    record Book(Map<ResourceId, Entry> entries, Map<Resource<?>, String> broken) {
        static final Book EMPTY = new Book(Map.of(), Map.of());

        Book {
            entries = Map.copyOf(entries);
            broken = Map.copyOf(broken);
        }

        Optional<LiveDatabase> find(ResourceId id) {
            return Optional.ofNullable(entries.get(id)).map(Entry::database);
        }
    }

    record Entry(Resource<DatabaseSpec> resource, LiveDatabase database) {}

    private final ReadsProperties settings;
    private final ReadScopes scopes;
    private final Environment environment;
    private final ReadsMetrics metrics;
    private final Function<String, Optional<String>> variables;
    private final Supplier<Optional<LiveConfig>> config;
    private final Map<ResourceId, LiveDatabase> open = new ConcurrentHashMap<>();

    /**
     * @param variables the environment, which holds the credentials
     * @param config asked for when it is first needed, because the registry is made of the views that stand here
     */
    LiveDatabases(
            ReadsProperties settings,
            ReadScopes scopes,
            Environment environment,
            ReadsMetrics metrics,
            Function<String, Optional<String>> variables,
            Supplier<Optional<LiveConfig>> config) {
        this.settings = settings;
        this.scopes = scopes;
        this.environment = environment;
        this.metrics = metrics;
        this.variables = variables;
        this.config = config;
    }

    @Override
    public Optional<ConnectionFactory> find(ResourceId database, Use use) {
        return find(database).map(found -> found.connections(use));
    }

    Optional<LiveDatabase> find(ResourceId database) {
        return config.get().flatMap(live -> live.view(this).find(database));
    }

    Optional<Cluster> cluster(ResourceId database) {
        return find(database).map(LiveDatabase::cluster);
    }

    Book book() {
        return config.get().map(live -> live.view(this)).orElse(Book.EMPTY);
    }

    @Override
    public Book derive(Optional<Book> previous, ConfigSnapshot next) {
        Map<ResourceId, Entry> before =
                new HashMap<>(previous.orElse(Book.EMPTY).entries());
        Map<ResourceId, Entry> entries = new HashMap<>();
        Map<Resource<?>, String> broken = new HashMap<>();
        for (Resource<DatabaseSpec> resource : next.all(DatabaseSpec.class)) {
            try {
                LiveDatabase database = present(Optional.ofNullable(before.get(resource.id())), resource);
                database.drain(drained(next, resource.id()));
                entries.put(resource.id(), new Entry(resource, database));
                before.remove(resource.id());
            } catch (IllegalArgumentException e) {
                broken.put(resource, String.valueOf(e.getMessage()));
                log.atError()
                        .addKeyValue("database", resource.id())
                        .addKeyValue("reason", e.getMessage())
                        .log("database left out");
            }
        }
        before.forEach((id, gone) -> {
            open.remove(id, gone.database());
            gone.database().retire();
        });
        return new Book(entries, broken);
    }

    private static Set<String> drained(ConfigSnapshot next, ResourceId database) {
        return next.find(Drain.class, database)
                .map(drain -> drain.spec().replicas())
                .orElse(Set.of());
    }

    private LiveDatabase present(Optional<Entry> before, Resource<DatabaseSpec> resource) {
        if (before.isPresent() && before.get().resource().isSameVersionAs(resource)) {
            return before.get().database();
        }
        var credentials = Credentials.of(resource.spec().credentials(), variables);
        if (before.isEmpty()) {
            return open(resource, credentials);
        }
        before.get().database().follow(resource.spec(), credentials);
        return before.get().database();
    }

    private LiveDatabase open(Resource<DatabaseSpec> resource, Credentials credentials) {
        ResourceId id = resource.id();
        var opened = new LiveDatabase(
                id,
                resource.spec(),
                credentials,
                system -> isOfAnother(id, system),
                settings,
                scopes,
                environment,
                metrics);
        open.put(id, opened);
        return opened.start();
    }

    private boolean isOfAnother(ResourceId id, long system) {
        return open.entrySet().stream()
                .anyMatch(other -> !other.getKey().equals(id)
                        && other.getValue().cluster().system() == system
                        && system != Seen.ANY_SYSTEM);
    }

    @Override
    public Map<Resource<?>, String> leftOut(Book book) {
        return book.broken();
    }

    @Override
    public void destroy() {
        open.values().forEach(LiveDatabase::close);
        open.clear();
    }
}
