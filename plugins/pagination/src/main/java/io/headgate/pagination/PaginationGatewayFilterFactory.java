package io.headgate.pagination;

import io.headgate.api.PathTemplate;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.cloud.gateway.filter.GatewayFilter;
import org.springframework.cloud.gateway.filter.NettyWriteResponseFilter;
import org.springframework.cloud.gateway.filter.OrderedGatewayFilter;
import org.springframework.cloud.gateway.filter.factory.AbstractGatewayFilterFactory;

/**
 * {@code Pagination=/api/reports, offset, /items, /total} in a route of any Spring Cloud Gateway application: the
 * collection's path, the backend's dialect, where its items are and their total or the next cursor. By name, all that a
 * route of the registry may say can be said.
 */
public class PaginationGatewayFilterFactory
        extends AbstractGatewayFilterFactory<PaginationGatewayFilterFactory.Config> {

    /** Before the filter that writes the answer, which then finds the response that puts it into the envelope. */
    private static final int ORDER = NettyWriteResponseFilter.WRITE_RESPONSE_FILTER_ORDER - 1;

    private final PageFilter.Shared shared;

    PaginationGatewayFilterFactory(PageFilter.Shared shared) {
        super(Config.class);
        this.shared = shared;
    }

    @Override
    public List<String> shortcutFieldOrder() {
        return List.of("path", "dialect", "items", "beyond");
    }

    @Override
    public GatewayFilter apply(Config config) {
        String route = config.routeId == null ? config.path : config.routeId;
        return new OrderedGatewayFilter(new PageFilter(shared, config.section(), route), ORDER);
    }

    /** A bean, because that is what the framework binds a route's arguments to. */
    public static final class Config implements org.springframework.cloud.gateway.support.HasRouteId {
        private String path = "/";
        private UpstreamDialect dialect = UpstreamDialect.OFFSET;
        private String items = "";
        private Optional<String> beyond = Optional.empty();
        private String limit = "limit";
        private Optional<String> position = Optional.empty();
        private Set<ClientDialect> accepts = Set.of(ClientDialect.CURSOR);
        private int maxLimit = 100;
        private PageFormat respond = PageFormat.ENVELOPE;
        private @Nullable String routeId;

        PaginationSection section() {
            boolean isCursor = dialect == UpstreamDialect.CURSOR;
            var pages = new UpstreamPages(
                    dialect,
                    UpstreamPages.parameter(limit),
                    dialect == UpstreamDialect.LINK
                            ? Optional.empty()
                            : Optional.of(UpstreamPages.parameter(position.orElse(PageFilter.word(dialect)))),
                    UpstreamPages.pointer(items),
                    isCursor ? Optional.empty() : beyond.map(UpstreamPages::pointer),
                    isCursor ? beyond.map(UpstreamPages::pointer) : Optional.empty());
            return new PaginationSection(accepts, pages, maxLimit, respond, List.of(PathTemplate.parse(path)));
        }

        public void setPath(String path) {
            this.path = path.strip();
        }

        public void setDialect(String dialect) {
            this.dialect = UpstreamDialect.valueOf(dialect.strip().toUpperCase(java.util.Locale.ROOT));
        }

        public void setItems(String items) {
            this.items = items.strip();
        }

        /** Where the total is, or with dialect {@code cursor} the next cursor. */
        public void setBeyond(String beyond) {
            this.beyond = Optional.of(beyond.strip());
        }

        public void setLimit(String limit) {
            this.limit = limit;
        }

        public void setPosition(String position) {
            this.position = Optional.of(position);
        }

        public void setAccepts(List<ClientDialect> accepts) {
            this.accepts = EnumSet.copyOf(accepts);
        }

        public void setMaxLimit(int maxLimit) {
            this.maxLimit = maxLimit;
        }

        public void setRespond(PageFormat respond) {
            this.respond = respond;
        }

        @Override
        public void setRouteId(String routeId) {
            this.routeId = routeId;
        }

        @Override
        public @Nullable String getRouteId() {
            return routeId;
        }
    }
}
