package io.headgate.gateway.edge;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.cloud.gateway.filter.FilterDefinition;
import org.springframework.cloud.gateway.filter.GatewayFilter;
import org.springframework.cloud.gateway.filter.factory.GatewayFilterFactory;
import org.springframework.cloud.gateway.support.ConfigurationService;
import tools.jackson.databind.JsonNode;

/**
 * The framework's own filters in a route: which may be used, and what of them may not. They are bound by the framework
 * itself when a route is submitted, so that a wrong argument is refused at the door.
 */
final class StockFilters {

    private static final Set<String> BUILT_IN = Set.of(
            "AddRequestHeader",
            "AddRequestHeadersIfNotPresent",
            "AddRequestParameter",
            "AddResponseHeader",
            "DedupeResponseHeader",
            "MapRequestHeader",
            "PrefixPath",
            "RemoveRequestHeader",
            "RemoveRequestParameter",
            "RemoveResponseHeader",
            "RewritePath",
            "RewriteRequestParameter",
            "RewriteResponseHeader",
            "SecureHeaders",
            "SetPath",
            "SetRequestHeader",
            "SetResponseHeader",
            "StripPrefix");

    private static final String HOLDS_BODIES = "it holds whole bodies in memory, and the gateway streams them";
    private static final String OWN_CALLS = "calls, their retries and their breakers are the route's upstream section";
    private static final String CHANGES_AUTHORITY =
            "it changes where the request goes, which the upstream section alone says";

    /** Refused whatever the operator lists, each with the reason. */
    private static final Map<String, String> NEVER = Map.ofEntries(
            Map.entry("ModifyRequestBody", HOLDS_BODIES),
            Map.entry("ModifyResponseBody", HOLDS_BODIES),
            Map.entry("RemoveJsonAttributesResponseBody", HOLDS_BODIES),
            Map.entry("CacheRequestBody", HOLDS_BODIES),
            Map.entry("ReadBody", HOLDS_BODIES),
            Map.entry("JsonToGrpc", HOLDS_BODIES),
            Map.entry("LocalResponseCache", HOLDS_BODIES),
            Map.entry("Retry", OWN_CALLS + "; besides, " + HOLDS_BODIES),
            Map.entry("CircuitBreaker", OWN_CALLS),
            Map.entry("FallbackHeaders", OWN_CALLS),
            Map.entry("RequestRateLimiter", "limits are the route's rateLimit section"),
            Map.entry("TokenRelay", "credentials are forwarded by upstream.forwardAuthorization alone"),
            Map.entry("SaveSession", "the gateway keeps no sessions"),
            Map.entry("SetRequestHostHeader", CHANGES_AUTHORITY),
            Map.entry("PreserveHostHeader", CHANGES_AUTHORITY),
            Map.entry("RequestHeaderToRequestUri", CHANGES_AUTHORITY),
            Map.entry("SetRequestUri", CHANGES_AUTHORITY));

    /** Headers that carry identity or frame the message. */
    private static final Set<String> UNTOUCHABLE = Set.of(
            "authorization",
            "host",
            "connection",
            "content-length",
            "keep-alive",
            "proxy-authenticate",
            "proxy-authorization",
            "proxy-connection",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade",
            "x-api-key",
            "x-request-id");

    private static final Set<String> ARGUMENTS_WITHOUT_HEADER_NAMES =
            Set.of("value", "regexp", "replacement", "strategy", "override");

    private static final String SHORT_FORM_PREFIX = "_genkey_";
    private static final int MAX_ARGUMENT = 1_024;
    private static final int MAX_REGEX = 256;
    private static final Pattern NESTED_REPETITION = Pattern.compile("[+*}]\\??\\)+(?:[+*]|\\{\\d+,)");

    private final Map<String, GatewayFilterFactory<?>> factories = new HashMap<>();
    private final ConfigurationService configuration;
    private final Set<String> allowed;

    StockFilters(
            List<GatewayFilterFactory<?>> factories, ConfigurationService configuration, List<String> alsoAllowed) {
        factories.forEach(factory -> this.factories.put(factory.name(), factory));
        this.configuration = configuration;
        allowed = new HashSet<>(BUILT_IN);
        allowed.addAll(alsoAllowed);
    }

    /** An element of the route's list, in the short form or as an object of {@code name} and {@code args}. */
    StockFilter read(JsonNode element) {
        StockFilter filter = element.isString() ? shortForm(element.stringValue()) : longForm(element);
        compile(filter, "a-route");
        return filter;
    }

    /** Binds the filter; whatever is wrong with it is an {@link IllegalArgumentException} that says so. */
    GatewayFilter compile(StockFilter filter, String routeId) {
        requireAllowed(filter.name());
        GatewayFilterFactory<?> factory = factories.get(filter.name());
        if (factory == null) {
            throw new IllegalArgumentException("'" + filter.name() + "' (expected: one of the filters that are there: "
                    + String.join(", ", new TreeSet<>(known())) + ")");
        }
        filter.args().forEach((name, value) -> requireHarmless(filter, factory, name, value));
        return bound(factory, filter, routeId);
    }

    private Set<String> known() {
        Set<String> known = new HashSet<>(allowed);
        known.retainAll(factories.keySet());
        return known;
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private GatewayFilter bound(GatewayFilterFactory factory, StockFilter filter, String routeId) {
        try {
            Object config = configuration
                    .with(factory)
                    .name(filter.name())
                    .properties(new LinkedHashMap<>(filter.args()))
                    .bind();
            if (config instanceof org.springframework.cloud.gateway.support.HasRouteId named) {
                named.setRouteId(routeId);
            }
            return factory.apply(config);
        } catch (BindException e) {
            throw new IllegalArgumentException(
                    "'" + filter + "' (expected: the arguments of " + filter.name() + ", "
                            + factory.shortcutFieldOrder() + ")",
                    e);
        } catch (RuntimeException e) {
            throw new IllegalArgumentException("'" + filter + "' is not understood: " + e.getMessage(), e);
        }
    }

    private void requireAllowed(String name) {
        String never = NEVER.get(name);
        if (never != null) {
            throw new IllegalArgumentException("'" + name + "' is refused: " + never);
        }
        if (!allowed.contains(name)) {
            throw new IllegalArgumentException("'" + name + "' is not on this gateway's list (expected: one of "
                    + String.join(", ", new TreeSet<>(known()))
                    + "; the operator extends it by headgate.edge.stock-filters)");
        }
    }

    private static void requireHarmless(
            StockFilter filter, GatewayFilterFactory<?> factory, String argument, String value) {
        if (value.contains("#{")) {
            throw new IllegalArgumentException(
                    "'" + value + "' is refused: expressions are not evaluated in a route's filters");
        }
        if (value.length() > MAX_ARGUMENT || value.chars().anyMatch(c -> c < 0x20 || c == 0x7F)) {
            throw new IllegalArgumentException("an argument of " + filter.name() + " (expected: at most " + MAX_ARGUMENT
                    + " characters, none of them a control character)");
        }
        String name = nameOf(factory, argument);
        if (name.equals("regexp")) {
            requireTame(value);
        }
        if (filter.name().contains("Header") && !ARGUMENTS_WITHOUT_HEADER_NAMES.contains(name)) {
            requireTouchable(filter, value);
        }
    }

    private static void requireTouchable(StockFilter filter, String argument) {
        for (String word : argument.split("[\\s,:]+")) {
            String header = word.toLowerCase(Locale.ROOT).replace('_', '-');
            if (header.startsWith("headgate-")) {
                throw new IllegalArgumentException(
                        "'" + filter + "' is refused: '" + word + "' is between the gateway and backends alone");
            }
            if (UNTOUCHABLE.contains(header)) {
                throw new IllegalArgumentException(
                        "'" + filter + "' is refused: '" + word + "' says who calls, or where a message goes and ends");
            }
        }
    }

    /** A path may be long and comes from anyone: an expression that can take exponential time must not meet one. */
    private static void requireTame(String regex) {
        if (regex.length() > MAX_REGEX || NESTED_REPETITION.matcher(regex).find()) {
            throw new IllegalArgumentException("'" + regex + "' (expected: at most " + MAX_REGEX
                    + " characters, and no repetition of what repeats already)");
        }
    }

    private static String nameOf(GatewayFilterFactory<?> factory, String argument) {
        List<String> order = factory.shortcutFieldOrder();
        if (!argument.startsWith(SHORT_FORM_PREFIX) || order.isEmpty()) {
            return argument;
        }
        int position = Integer.parseInt(argument.substring(SHORT_FORM_PREFIX.length()));
        return position < order.size() ? order.get(position) : order.get(order.size() - 1);
    }

    private static StockFilter shortForm(String text) {
        FilterDefinition definition = new FilterDefinition(text);
        String name = definition.getName();
        return new StockFilter(name == null ? "" : name.trim(), definition.getArgs());
    }

    private static StockFilter longForm(JsonNode element) {
        Set<String> members = element.isObject() ? new TreeSet<>(element.propertyNames()) : Set.of();
        boolean fits = element.path("name").isString()
                && Set.of("name", "args").containsAll(members)
                && (element.path("args").isMissingNode() || element.path("args").isObject());
        if (!fits) {
            throw new IllegalArgumentException(
                    "expected: the short form, as in 'StripPrefix=1', or an object of name and args");
        }
        Map<String, String> args = new LinkedHashMap<>();
        List<String> odd = new ArrayList<>();
        element.path("args").propertyStream().forEach(entry -> {
            if (entry.getValue().isValueNode() && !entry.getValue().isNull()) {
                args.put(entry.getKey(), entry.getValue().asString());
            } else {
                odd.add(entry.getKey());
            }
        });
        if (!odd.isEmpty()) {
            throw new IllegalArgumentException("args " + odd + " (expected: plain values)");
        }
        return new StockFilter(element.path("name").stringValue(), args);
    }
}
