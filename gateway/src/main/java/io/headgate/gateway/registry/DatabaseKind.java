package io.headgate.gateway.registry;

import io.headgate.api.AdminRole;
import io.headgate.api.ConfigKind;
import io.headgate.api.DatabaseSpec;
import io.headgate.api.ResourceId;
import io.headgate.api.SpecReader;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/** A PostgreSQL cluster. Its credentials are named, never part of it: a URL that carries some is refused. */
final class DatabaseKind implements ConfigKind<DatabaseSpec> {

    private static final String URL_FORM = "r2dbc:postgresql://host[:port]/database, without user, password or options";
    private static final Pattern URL =
            Pattern.compile("r2dbc:postgresql://([A-Za-z0-9.-]+|\\[[0-9A-Fa-f:.]+])(:\\d{1,5})?/[A-Za-z0-9_.-]+");
    private static final Pattern CREDENTIALS = Pattern.compile("env:[A-Z][A-Z0-9_]{0,126}");

    @Override
    public String kind() {
        return "Database";
    }

    @Override
    public String plural() {
        return "databases";
    }

    @Override
    public Class<DatabaseSpec> specType() {
        return DatabaseSpec.class;
    }

    @Override
    public DatabaseSpec read(SpecReader spec, ResourceId id) {
        Supplier<String> primary = spec.object("primary", DatabaseKind::primary);
        Supplier<List<DatabaseSpec.Replica>> replicas = spec.objects("replicas", DatabaseKind::replica);
        Supplier<String> credentials = spec.parsed("credentials", DatabaseKind::credentials);
        return spec.build(() -> new DatabaseSpec(primary.get(), replicas.get(), credentials.get()));
    }

    private static String primary(SpecReader primary) {
        Supplier<String> url = primary.parsed("url", DatabaseKind::url);
        return primary.build(url);
    }

    private static DatabaseSpec.Replica replica(SpecReader replica) {
        Supplier<String> name = replica.parsed("name", text -> new ResourceId(ResourceId.PLATFORM, text).name());
        Supplier<String> url = replica.parsed("url", DatabaseKind::url);
        boolean exports = replica.flag("exports", false);
        return replica.build(() -> new DatabaseSpec.Replica(name.get(), url.get(), exports));
    }

    /** Does not repeat a URL that may hold a password. */
    private static String url(String text) {
        if (!URL.matcher(text).matches()
                || URI.create(text.substring("r2dbc:".length())).getPort() > 65_535) {
            throw new IllegalArgumentException("not an address of a database (expected: " + URL_FORM + ")");
        }
        return text;
    }

    private static String credentials(String text) {
        if (!CREDENTIALS.matcher(text).matches()) {
            throw new IllegalArgumentException(
                    "not the name of credentials (expected: env: and the name of an environment variable)");
        }
        return text;
    }

    @Override
    public Set<AdminRole> writers(Optional<DatabaseSpec> before, Optional<DatabaseSpec> after) {
        return Set.of(AdminRole.PLATFORM_ADMIN);
    }

    @Override
    public boolean isPlatformOnly() {
        return true;
    }
}
