package io.headgate.gateway.admin;

import io.headgate.api.Findings;
import io.headgate.api.ResourceId;
import io.headgate.api.Review;
import io.headgate.api.RouteStep;
import io.headgate.api.SpecProblem;
import io.headgate.authz.CandidateReport;
import io.headgate.authz.CandidateReports;
import io.headgate.authz.LegacyFindings;
import io.headgate.authz.LegacyReport;
import io.headgate.gateway.edge.RouteExplainer;
import io.headgate.gateway.edge.RouteExplainer.Explained;
import io.headgate.gateway.events.AuditEntry;
import io.headgate.gateway.events.AuditStore;
import io.headgate.gateway.events.EventsState;
import io.headgate.gateway.registry.InstanceStatus;
import io.headgate.gateway.registry.RegistryState;
import io.headgate.gateway.registry.RegistryStatus;
import io.headgate.gateway.registry.StoredResource;
import io.headgate.gateway.registry.ValidationReport;
import io.headgate.gateway.registry.VersionPage;
import io.headgate.gateway.registry.WriteResult;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** What the API's answers look like, member by member. */
final class Views {

    private static final String API_VERSION = "headgate/v1";

    /** What stands beside a resource in answers, and is no part of it. */
    private static final Set<String> BOOKKEEPING =
            Set.of("version", "revision", "origin", "changed_at", "changed_by", "warnings");

    private Views() {}

    static ObjectNode resource(StoredResource resource) {
        ObjectNode view = object().put("apiVersion", API_VERSION).put("kind", resource.kind());
        view.putObject("metadata")
                .put("team", resource.id().team())
                .put("name", resource.id().name());
        view.set("spec", resource.spec());
        return view.put("version", resource.version())
                .put("revision", resource.revision())
                .put("origin", word(resource.origin()))
                .put("changed_at", resource.changedAt().toString())
                .put("changed_by", resource.changedBy());
    }

    static ObjectNode written(WriteResult result) {
        ObjectNode view = resource(result.resource());
        texts(view.putArray("warnings"), result.warnings());
        result.shownOnce().forEach(view::put);
        return view;
    }

    /** What was read may be sent back: the bookkeeping of an answer says nothing in a request. */
    static JsonNode submitted(JsonNode document) {
        return document instanceof ObjectNode object ? object.deepCopy().remove(BOOKKEEPING) : document;
    }

    static ObjectNode noDifferences(long version) {
        ObjectNode view = object().put("version", version).put("compared", 0).put("beyond", 0);
        view.putArray("differences");
        instances(view, List.of());
        return view;
    }

    static ObjectNode differences(CandidateReports.Report report) {
        ObjectNode view = object().put("version", report.version())
                .put("compared", report.found().compared())
                .put("beyond", report.found().beyond());
        ArrayNode differences = view.putArray("differences");
        report.found().differences().forEach(seen -> differences.add(difference(seen)));
        instances(view, report.instances());
        return view;
    }

    /** Whom a report is from, and whether somebody's findings are missing. */
    private static void instances(ObjectNode view, List<Findings.Instance> instances) {
        view.put("complete", instances.stream().noneMatch(instance -> instance.state() == Findings.State.SILENT));
        ArrayNode list = view.putArray("instances");
        instances.forEach(
                instance -> list.addObject().put("instance", instance.name()).put("state", word(instance.state())));
    }

    static ObjectNode noLegacyDecisions(long version) {
        ObjectNode view = object().put("route_version", version).put("safe_to_enforce", false);
        texts(view.putArray("because"), List.of("this instance serves no such route that asks policies"));
        return view;
    }

    static ObjectNode legacyDecisions(LegacyReport report) {
        LegacyFindings found = report.found();
        ObjectNode view = object().put("route_version", report.routeVersion()).put("mode", report.mode());
        texts(view.putArray("policy_sets"), report.policySets());
        if (!report.isEnforced()) {
            view.put("safe_to_enforce", report.isSafeToEnforce());
            texts(view.putArray("because"), report.because());
        }
        found.since().ifPresent(since -> view.put("since", since.toString()));
        found.last().ifPresent(last -> view.put("last", last.toString()));
        view.put("answers", found.answers()).put("compared", found.compared());
        ArrayNode decisions = view.putArray("decisions");
        found.counts().forEach(one -> pair(decisions.addObject(), one.pair()).put("count", one.count()));
        ArrayNode operations = view.putArray("operations");
        report.operations()
                .forEach(one -> operations
                        .addObject()
                        .put("operation", one.operation())
                        .put("action", one.action())
                        .put("compared", one.compared()));
        ArrayNode examples = view.putArray("examples");
        found.examples().forEach(example -> example(examples.addObject(), example));
        instances(view, report.instances());
        return view;
    }

    private static ObjectNode pair(ObjectNode view, LegacyFindings.Pair pair) {
        return view.put("operation", pair.operation())
                .put("action", pair.action())
                .put("ours", pair.ours())
                .put("theirs", pair.theirs());
    }

    private static void example(ObjectNode view, LegacyFindings.Example example) {
        pair(view, example.pair())
                .put("request_id", example.requestId())
                .put("at", example.at().toString())
                .put("tenant", example.tenant())
                .put("subject", example.subject())
                .put("resource", example.resource());
        texts(view.putArray("policies"), example.policies());
    }

    private static ObjectNode difference(CandidateReport.Seen seen) {
        CandidateReport.Difference difference = seen.difference();
        ObjectNode view = object().put("action", difference.action())
                .put("resource_type", difference.resourceType())
                .put("active", difference.active())
                .put("candidate", difference.candidate())
                .put("count", seen.count())
                .put("example", seen.example())
                .put("first_seen", seen.first().toString())
                .put("last_seen", seen.last().toString());
        texts(view.putArray("active_policies"), difference.activePolicies());
        texts(view.putArray("candidate_policies"), difference.candidatePolicies());
        return view;
    }

    static ObjectNode version(VersionPage.Entry entry) {
        ObjectNode view = object().put("version", entry.version())
                .put("revision", entry.revision())
                .put("origin", word(entry.origin()))
                .put("changed_at", entry.changedAt().toString())
                .put("changed_by", entry.changedBy())
                .put("deleted", entry.spec().isEmpty());
        entry.spec().ifPresent(spec -> view.set("spec", spec));
        return view;
    }

    static ObjectNode report(ValidationReport report) {
        ObjectNode view = object().put("valid", report.isValid()).put("revision", report.revision());
        ArrayNode documents = view.putArray("documents");
        report.documents().forEach(finding -> documents.add(finding(finding)));
        return view;
    }

    private static ObjectNode finding(ValidationReport.Finding finding) {
        ObjectNode view = object().put("index", finding.index()).put("valid", finding.isValid());
        finding.kind().ifPresent(kind -> view.put("kind", kind));
        finding.id().ifPresent(id -> view.put("team", id.team()).put("name", id.name()));
        finding.outcome().ifPresent(outcome -> view.put("outcome", word(outcome)));
        ArrayNode problems = view.putArray("problems");
        for (SpecProblem problem : finding.problems()) {
            problems.addObject().put("pointer", problem.pointer()).put("detail", problem.detail());
        }
        ArrayNode conflicts = view.putArray("conflicts");
        for (Review.Conflict conflict : finding.conflicts()) {
            conflicts
                    .addObject()
                    .put("kind", conflict.kind())
                    .put("resource", conflict.other().toString())
                    .put("pointer", conflict.pointer())
                    .put("example", conflict.example());
        }
        texts(view.putArray("warnings"), finding.warnings());
        return view;
    }

    static ObjectNode explained(Explained explained) {
        return switch (explained) {
            case Explained.Refused refused -> object().put("outcome", "refused").put("reason", refused.reason());
            case Explained.BuiltIn builtIn ->
                object().put("outcome", "built-in")
                        .put("path", builtIn.path())
                        .put("reason", "The gateway serves this path itself.");
            case Explained.Unmatched unmatched -> unmatched(unmatched);
            case Explained.Matched matched -> matched(matched);
        };
    }

    private static ObjectNode unmatched(Explained.Unmatched unmatched) {
        boolean pathIsTaken = !unmatched.allowed().isEmpty();
        ObjectNode view = object().put("outcome", pathIsTaken ? "method-not-allowed" : "no-route")
                .put("path", unmatched.path())
                .put(
                        "reason",
                        pathIsTaken
                                ? "Routes take this host and path, and none of them this method."
                                : "No route takes this host and path.");
        texts(view.putArray("allowed"), List.copyOf(unmatched.allowed()));
        candidates(view, unmatched.candidates());
        return view;
    }

    private static ObjectNode matched(Explained.Matched matched) {
        ObjectNode view = object().put("outcome", "matched")
                .put("path", matched.path())
                .put("route", matched.route().toString())
                .put("match", matched.match())
                .put("why", matched.why());
        candidates(view, matched.candidates());
        ArrayNode steps = view.putArray("steps");
        for (RouteStep.Explanation step : matched.steps()) {
            steps.addObject().put("step", word(step.order())).put("does", step.text());
        }
        return view;
    }

    private static void candidates(ObjectNode view, List<RouteExplainer.Candidate> candidates) {
        ArrayNode others = view.putArray("candidates");
        for (RouteExplainer.Candidate candidate : candidates) {
            others.addObject()
                    .put("route", candidate.route().toString())
                    .put("match", candidate.match())
                    .put("why", candidate.why());
        }
    }

    static ObjectNode status(RegistryStatus status) {
        ObjectNode view = object().put("instance", status.instance());
        view.set("registry", state(status.state()));
        List<InstanceStatus> instances = status.instances();
        long revision =
                instances.stream().mapToLong(InstanceStatus::revision).max().orElse(0);
        long current = instances.stream()
                .filter(instance -> instance.revision() >= revision)
                .count();
        view.put("revision", revision)
                .put("applied_on", current)
                .put("live_instances", instances.size())
                .put("applied", "applied on " + current + " of " + instances.size());
        ArrayNode each = view.putArray("instances");
        instances.forEach(instance -> each.add(instance(instance, revision)));
        return view;
    }

    /** An instance that serves a later revision serves this one's change too; when it began to is then not known. */
    static ObjectNode applied(StoredResource resource, RegistryStatus status) {
        long revision = resource.revision();
        List<InstanceStatus> instances = status.instances();
        long current = instances.stream()
                .filter(instance -> instance.revision() >= revision)
                .count();
        ObjectNode view = object().put("version", resource.version())
                .put("revision", revision)
                .put("changed_at", resource.changedAt().toString())
                .put("applied_on", current)
                .put("live_instances", instances.size())
                .put("applied", "applied on " + current + " of " + instances.size());
        ArrayNode each = view.putArray("instances");
        for (InstanceStatus instance : instances) {
            boolean isLeftOut = instance.broken().stream()
                    .anyMatch(broken ->
                            broken.kind().equals(resource.kind()) && broken.id().equals(resource.id()));
            each.addObject()
                    .put("name", instance.instance())
                    .put("applied", instance.revision() >= revision)
                    .put("left_out", isLeftOut)
                    .put(
                            "applied_at",
                            instance.revision() == revision
                                    ? instance.appliedAt().toString()
                                    : null);
        }
        return view;
    }

    static ObjectNode state(RegistryState state) {
        ObjectNode view = object().put("state", state.word());
        return switch (state) {
            case RegistryState.Starting starting -> view.put("reason", starting.reason());
            case RegistryState.Live live -> view.put("since", live.since().toString());
            case RegistryState.Stale stale ->
                view.put("since", stale.since().toString()).put("reason", stale.reason());
        };
    }

    private static ObjectNode instance(InstanceStatus instance, long revision) {
        ObjectNode view = object().put("name", instance.instance())
                .put("revision", instance.revision())
                .put("current", instance.revision() >= revision)
                .put("applied_at", instance.appliedAt().toString())
                .put("seen_at", instance.seenAt().toString())
                .put("state", instance.state());
        ArrayNode broken = view.putArray("broken");
        for (InstanceStatus.Broken resource : instance.broken()) {
            ResourceId id = resource.id();
            broken.addObject()
                    .put("kind", resource.kind())
                    .put("team", id.team())
                    .put("name", id.name())
                    .put("reason", resource.reason());
        }
        ArrayNode files = view.putArray("files");
        for (InstanceStatus.FileProblem file : instance.files()) {
            files.addObject().put("file", file.file()).put("reason", file.reason());
        }
        return view;
    }

    private static void texts(ArrayNode array, List<String> texts) {
        texts.forEach(array::add);
    }

    private static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    static ObjectNode auditEntry(AuditEntry entry) {
        ObjectNode view = object().put("event_id", entry.eventId().toString())
                .put("event_type", entry.eventType())
                .put("occurred_at", entry.occurredAt().toString())
                .put("account_id", entry.accountId().orElse(null))
                .put("user_id", entry.userId().orElse(null))
                .put("request_id", entry.requestId().orElse(null))
                .put("trace_id", entry.traceId().orElse(null));
        view.set("data", entry.document());
        return view;
    }

    static ObjectNode verification(AuditStore.Verification verification) {
        ObjectNode view =
                object().put("ok", verification.firstBroken().isEmpty()).put("checked", verification.checked());
        verification
                .firstBroken()
                .ifPresent(broken -> view.putObject("first_broken")
                        .put("partition", broken.partition())
                        .put("event_id", broken.eventId().orElse(null)));
        ArrayNode anchors = view.putArray("anchors");
        verification
                .anchors()
                .forEach(anchor -> anchors.addObject()
                        .put("partition", anchor.partition())
                        .put("length", anchor.length())
                        .put("head", anchor.head()));
        return view;
    }

    static ObjectNode events(EventsState state) {
        return object().put("spooled_bytes", state.spooledBytes())
                .put("limit", state.limit())
                .put("full", state.full())
                .put("oldest_undelivered", state.oldest().map(Object::toString).orElse(null))
                .put("failing_since", state.failingSince().map(Object::toString).orElse(null))
                .put("delivered", state.delivered())
                .put("dead_lettered", state.deadLettered())
                .put("refused", state.refused())
                .put("dropped", state.dropped());
    }
}
