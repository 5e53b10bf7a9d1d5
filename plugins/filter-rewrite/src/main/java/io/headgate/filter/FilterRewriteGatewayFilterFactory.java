package io.headgate.filter;

import io.headgate.api.PathTemplate;
import io.headgate.api.ResourceId;
import io.headgate.api.RouteInfo;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.springframework.cloud.gateway.filter.GatewayFilter;
import org.springframework.cloud.gateway.filter.factory.AbstractGatewayFilterFactory;

/**
 * {@code FilterRewrite=reports, /api/reports, json|rsql, json} in a route of any Spring Cloud Gateway application: the
 * schema, the collection's path, what clients may write, what the backend reads.
 */
public class FilterRewriteGatewayFilterFactory
        extends AbstractGatewayFilterFactory<FilterRewriteGatewayFilterFactory.Config> {

    private final QueryFilter.Shared shared;

    FilterRewriteGatewayFilterFactory(QueryFilter.Shared shared) {
        super(Config.class);
        this.shared = shared;
    }

    @Override
    public List<String> shortcutFieldOrder() {
        return List.of("schema", "path", "accepts", "emits");
    }

    @Override
    public GatewayFilter apply(Config config) {
        PathTemplate path = PathTemplate.parse(config.path);
        ResourceId schema = ResourceId.reference(ResourceId.PLATFORM, config.schema);
        var section = new FilterSection(schema, config.accepts, config.emits, List.of(path), Set.of());
        return new QueryFilter(shared, section, new RouteInfo(schema, Optional.empty(), path, Set.of()));
    }

    /** A bean, because that is what the framework binds a route's arguments to. */
    public static final class Config {
        private String schema = "";
        private String path = "/";
        private Set<FilterDialect> accepts = Set.of(FilterDialect.JSON);
        private FilterDialect emits = FilterDialect.JSON;

        public void setSchema(String schema) {
            this.schema = schema.strip();
        }

        public void setPath(String path) {
            this.path = path.strip();
        }

        public void setAccepts(String accepts) {
            this.accepts = Arrays.stream(accepts.split("\\|", -1))
                    .map(Config::dialect)
                    .collect(Collectors.toCollection(() -> EnumSet.noneOf(FilterDialect.class)));
        }

        public void setEmits(String emits) {
            this.emits = dialect(emits);
        }

        private static FilterDialect dialect(String word) {
            return FilterDialect.valueOf(word.strip().toUpperCase(Locale.ROOT));
        }
    }
}
