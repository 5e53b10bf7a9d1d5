package io.headgate.gateway.edge;

import io.headgate.api.AdminRole;
import io.headgate.api.ConfigSnapshot;
import io.headgate.api.Review;
import io.headgate.api.RouteInfo;
import io.headgate.api.RouteStep;
import io.headgate.api.SpecReader;
import io.headgate.gateway.upstream.UpstreamSpec;
import java.util.List;
import java.util.Optional;

/** A route as its team wrote it, read and checked. */
public record RouteSpec(
        RouteInfo info,
        UpstreamSpec upstream,
        List<StockFilter> filters,
        Optional<CorsSpec> cors,
        Lifecycle lifecycle,
        List<Section<?>> sections,
        RouteMatch match)
        implements Served {

    public RouteSpec {
        filters = List.copyOf(filters);
        sections = List.copyOf(sections);
    }

    /** One plugin's member of the route, with the step that reads it. */
    public record Section<S>(RouteStep<S> step, S value) {

        static <S> Section<S> read(RouteStep<S> step, SpecReader section, RouteInfo route) {
            return new Section<>(step, step.read(section, route));
        }

        List<RouteStep.EdgeFilter> filtersOf(RouteInfo route) {
            return step.filters(value, route);
        }

        List<RouteStep.Explanation> explain(RouteInfo route) {
            return step.explain(value, route);
        }

        void review(RouteInfo route, ConfigSnapshot others, Review review) {
            step.review(value, route, others, review);
        }

        boolean admitsAnyone() {
            return step.admitsAnyone(value);
        }

        boolean needsCaller() {
            return step.needsCaller(value);
        }

        boolean isSameAs(Section<?> before) {
            return step == before.step && value.equals(before.value);
        }

        @SuppressWarnings("unchecked") // what one step has read
        boolean isOperationalChangeOf(Section<?> before) {
            return step == before.step && step.isOperational((S) before.value, value);
        }

        Optional<AdminRole> reservedTo() {
            return step.reservedTo(value);
        }
    }

    /** Whether nothing differs but sections, each in a way that an SRE may change it too. */
    boolean isOperationalChangeOf(RouteSpec before) {
        boolean sameElse = equals(
                new RouteSpec(before.info, before.upstream, before.filters, before.cors, before.lifecycle, sections));
        boolean operational = false;
        for (int i = 0; sameElse && i < sections.size(); i++) {
            Section<?> now = sections.get(i);
            Section<?> then = before.sections.get(i);
            operational |= now.isOperationalChangeOf(then);
            sameElse = now.isSameAs(then) || now.isOperationalChangeOf(then);
        }
        return sameElse && operational;
    }

    RouteSpec(
            RouteInfo info,
            UpstreamSpec upstream,
            List<StockFilter> filters,
            Optional<CorsSpec> cors,
            Lifecycle lifecycle,
            List<Section<?>> sections) {
        this(info, upstream, filters, cors, lifecycle, sections, RouteMatch.of(info));
    }
}
