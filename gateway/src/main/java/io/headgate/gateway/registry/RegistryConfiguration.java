package io.headgate.gateway.registry;

import io.headgate.api.BadSettingException;
import io.headgate.api.ConfigKind;
import io.headgate.api.ConfigView;
import io.headgate.api.EventIds;
import io.headgate.api.Findings;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.r2dbc.postgresql.PostgresqlConnectionFactory;
import io.r2dbc.postgresql.PostgresqlConnectionFactoryProvider;
import io.r2dbc.spi.ConnectionFactoryOptions;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.regex.Pattern;
import org.flywaydb.core.Flyway;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

/** Puts the registry together. Nothing here touches the database: that begins when the registry starts. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties({RegistryProperties.class, FindingsProperties.class})
class RegistryConfiguration {

    static final String SCHEMA = "headgate";

    private static final Logger log = LoggerFactory.getLogger(RegistryConfiguration.class);
    private static final String URL_FORM = "r2dbc:postgresql://host[:port]/database, where the registry is kept";
    private static final Pattern POOL = Pattern.compile("^(r2dbcs?):pool:");

    @Bean
    TeamKind teamKind() {
        return new TeamKind();
    }

    @Bean
    DatabaseKind databaseKind() {
        return new DatabaseKind();
    }

    /** As a bean it takes the place of the pool that Boot would make. */
    @Bean
    PostgresqlConnectionFactory registryConnections(
            @Value("${spring.r2dbc.url:}") String url,
            @Value("${spring.r2dbc.username:}") String user,
            @Value("${spring.r2dbc.password:}") String password,
            RegistryProperties properties) {
        return connections(url, user, password, properties);
    }

    static PostgresqlConnectionFactory connections(
            String url, String user, String password, RegistryProperties properties) {
        var options = address(url).mutate();
        if (!user.isEmpty()) {
            options.option(ConnectionFactoryOptions.USER, user);
        }
        if (!password.isEmpty()) {
            options.option(ConnectionFactoryOptions.PASSWORD, password);
        }
        if (!options.build().hasOption(ConnectionFactoryOptions.USER)) {
            throw new BadSettingException("spring.r2dbc.username", "'' (expected: who reads and writes the registry)");
        }
        String millis = Long.toString(properties.timeout().toMillis());
        options.option(ConnectionFactoryOptions.CONNECT_TIMEOUT, properties.connectTimeout());
        options.option(PostgresqlConnectionFactoryProvider.TCP_KEEPALIVE, true);
        options.option(PostgresqlConnectionFactoryProvider.APPLICATION_NAME, "headgate-registry");
        options.option(
                PostgresqlConnectionFactoryProvider.OPTIONS,
                Map.of(
                        "statement_timeout", millis,
                        "lock_timeout", millis,
                        "idle_in_transaction_session_timeout",
                                Long.toString(
                                        properties.timeout().multipliedBy(4).toMillis())));
        return new PostgresqlConnectionFactoryProvider().create(options.build());
    }

    /** Does not repeat what is wrong, which may hold a password. */
    private static ConnectionFactoryOptions address(String url) {
        if (url.isBlank()) {
            throw new BadSettingException("spring.r2dbc.url", "not set (expected: " + URL_FORM + ")");
        }
        try {
            var options = ConnectionFactoryOptions.parse(POOL.matcher(url).replaceFirst("$1:"));
            if (new PostgresqlConnectionFactoryProvider().supports(options)
                    && options.hasOption(ConnectionFactoryOptions.HOST)) {
                return options;
            }
        } catch (IllegalArgumentException e) {
            log.debug("not an R2DBC URL", e);
        }
        throw new BadSettingException("spring.r2dbc.url", "not such an address (expected: " + URL_FORM + ")");
    }

    /** As a bean it keeps Boot from migrating at the start, which would fail with PostgreSQL down. */
    @Bean
    Flyway registryMigrations(
            @Value("${spring.flyway.url:}") String flywayUrl,
            @Value("${spring.r2dbc.url:}") String r2dbcUrl,
            @Value("${spring.flyway.user:${spring.r2dbc.username:}}") String user,
            @Value("${spring.flyway.password:${spring.r2dbc.password:}}") String password,
            RegistryProperties properties) {
        String url = flywayUrl.isEmpty() ? jdbcUrl(r2dbcUrl) : flywayUrl;
        if (!url.startsWith("jdbc:postgresql:")) {
            throw new BadSettingException(
                    "spring.flyway.url", "not such an address (expected: jdbc:postgresql://host[:port]/database)");
        }
        return flyway(url, user, password, properties.connectTimeout());
    }

    private static String jdbcUrl(String r2dbcUrl) {
        address(r2dbcUrl);
        return r2dbcUrl.replaceFirst("^r2dbc:(pool:)?", "jdbc:");
    }

    static Flyway flyway(String url, String user, String password, Duration connectTimeout) {
        var jdbc = new Properties();
        String seconds = Long.toString(Math.max(1, connectTimeout.toSeconds()));
        jdbc.setProperty("connectTimeout", seconds);
        jdbc.setProperty("loginTimeout", seconds);
        if (!user.isEmpty()) {
            jdbc.setProperty("user", user);
            jdbc.setProperty("password", password);
        }
        var source = new DriverManagerDataSource(url, jdbc);
        source.setDriverClassName("org.postgresql.Driver");
        return Flyway.configure()
                .dataSource(source)
                .schemas(SCHEMA)
                .defaultSchema(SCHEMA)
                .locations("classpath:db/migration")
                .load();
    }

    @Bean
    MeterBinder registryMeters(Registry registry) {
        return meters -> {
            Gauge.builder("headgate.registry.revision", registry, Registry::revision)
                    .description("the revision that this instance serves")
                    .register(meters);
            Gauge.builder("headgate.registry.live", registry, it -> it.state() instanceof RegistryState.Live ? 1 : 0)
                    .description("1 while the store is followed, 0 while an earlier configuration is served")
                    .register(meters);
        };
    }

    @Bean
    LiveRegistry registry(
            List<ConfigKind<?>> kinds,
            List<ConfigView<?>> views,
            PostgresqlConnectionFactory connections,
            Flyway flyway,
            RegistryProperties properties,
            @Value("${headgate.instance:}") String instance,
            @Value("${headgate.snapshot-dir:}") String snapshotDir,
            @Value("${headgate.config-dir:}") String configDir,
            Clock clock) {
        var place = new RegistryProperties.Place(
                instance.isEmpty() ? defaultName() : instance, directory(snapshotDir), directory(configDir));
        return assemble(kinds, views, connections, flyway::migrate, properties, place, clock);
    }

    static LiveRegistry assemble(
            List<ConfigKind<?>> kinds,
            List<ConfigView<?>> views,
            PostgresqlConnectionFactory connections,
            Runnable migrate,
            RegistryProperties properties,
            RegistryProperties.Place place,
            Clock clock) {
        var documents = new Documents(properties.maxDocument(), properties.maxBatch(), properties.maxDepth());
        return new LiveRegistry(
                new Kinds(kinds),
                views,
                new Store(connections, properties),
                new Migrations(migrate),
                new ChangeEvents(new EventIds(clock), documents),
                documents,
                properties,
                place,
                clock);
    }

    @Bean
    Findings findings(LiveRegistry registry, FindingsProperties properties) {
        return registry.findings(properties);
    }

    private static Optional<Path> directory(String path) {
        return path.isEmpty() ? Optional.empty() : Optional.of(Path.of(path));
    }

    private static String defaultName() {
        String host = Optional.ofNullable(System.getenv("HOSTNAME")).orElse("headgate");
        return host + "-" + ProcessHandle.current().pid();
    }
}
