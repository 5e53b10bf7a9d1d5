package io.headgate.ratelimit;

import io.headgate.api.ResourceId;
import io.headgate.ratelimit.RateLimitSpec.Enforcement;
import io.headgate.ratelimit.RateLimitSpec.Mode;
import io.headgate.ratelimit.RateLimitSpec.OnStoreDown;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.springframework.boot.convert.DurationStyle;
import org.springframework.cloud.gateway.filter.GatewayFilter;
import org.springframework.cloud.gateway.filter.factory.AbstractGatewayFilterFactory;
import org.springframework.cloud.gateway.support.HasRouteId;

/**
 * {@code RateLimit=per-client, ip, 100, 60s, 20} in a route of any Spring Cloud Gateway application; {@code cost},
 * {@code mode}, {@code onStoreDown} and {@code enforcement} go by name.
 */
public class RateLimitGatewayFilterFactory extends AbstractGatewayFilterFactory<RateLimitGatewayFilterFactory.Config> {

    private final Keys keys;
    private final Limits limits;

    RateLimitGatewayFilterFactory(Keys keys, Limits limits) {
        super(Config.class);
        this.keys = keys;
        this.limits = limits;
    }

    @Override
    public List<String> shortcutFieldOrder() {
        return List.of("name", "key", "quota", "window", "burst");
    }

    @Override
    public GatewayFilter apply(Config config) {
        List<RateLimit> limit = List.of(config.limit());
        return new RateLimitFilter(() -> limit, KeyText.of(config.getRouteId()), config.cost, keys, limits);
    }

    /** A bean, because that is what the framework binds a route's arguments to. */
    public static final class Config implements HasRouteId {
        private String name = "default";
        private List<String> key = List.of("ip");
        private long quota;
        private Duration window = Duration.ofSeconds(60);
        private long burst;
        private long cost = 1;
        private Mode mode = Mode.LEASED;
        private OnStoreDown onStoreDown = OnStoreDown.LOCAL;
        private Enforcement enforcement = Enforcement.ENFORCE;

        private String routeId = "";

        private RateLimit limit() {
            var spec = new RateLimitSpec(
                    key.stream().map(KeyPart::parse).toList(),
                    List.of(),
                    new Quota(quota, window, burst == 0 ? quota : burst),
                    Map.of(),
                    Map.of(),
                    mode,
                    onStoreDown,
                    enforcement);
            return new RateLimit(new ResourceId(ResourceId.PLATFORM, name), RateLimit.OF_ITS_ROUTE, spec);
        }

        @Override
        public String getRouteId() {
            return routeId;
        }

        @Override
        public void setRouteId(String routeId) {
            this.routeId = routeId;
        }

        public void setName(String name) {
            this.name = name;
        }

        /** @param key one key, or several with a plus between them */
        public void setKey(String key) {
            this.key = List.of(key.split("\\+", -1));
        }

        public void setQuota(long quota) {
            this.quota = quota;
        }

        public void setWindow(String window) {
            this.window = DurationStyle.detectAndParse(window);
        }

        public void setBurst(long burst) {
            this.burst = burst;
        }

        public void setCost(long cost) {
            this.cost = cost;
        }

        public void setMode(String mode) {
            this.mode = Mode.valueOf(upper(mode));
        }

        public void setOnStoreDown(String rule) {
            this.onStoreDown = OnStoreDown.valueOf(upper(rule));
        }

        public void setEnforcement(String enforcement) {
            this.enforcement = Enforcement.valueOf(upper(enforcement));
        }

        private static String upper(String word) {
            return word.toUpperCase(java.util.Locale.ROOT);
        }
    }
}
