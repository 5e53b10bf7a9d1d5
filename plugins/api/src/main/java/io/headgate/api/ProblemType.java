package io.headgate.api;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** Every way in which the gateway says no, with the page that explains it. The page's address is the problem's type. */
public enum ProblemType {
    MALFORMED_REQUEST(
            400,
            "Malformed request",
            "The request, or the document in its body, cannot be read as what it claims to be.",
            "Mend what the detail names; the request was not passed on and changed nothing."),
    AMBIGUOUS_PATH(
            400,
            "Ambiguous path",
            "The path could mean different things to the gateway and to a backend: an encoded slash or backslash, a dot"
                    + " segment, an empty segment, a semicolon, a control character or a broken escape.",
            "Send the path in its plain form, without what the detail names."),
    INVALID_QUERY(
            400,
            "Invalid query",
            "The filter, the sort or the page of the request asks for something that this collection does not know, or"
                    + " is not written as one of the languages that are read here.",
            "Each problem names its place as a JSON Pointer, what stands there and what is expected."),
    UNAUTHENTICATED(
            401,
            "Authentication required",
            "The request carries no credential that this gateway accepts for this route.",
            "Send a valid token as Authorization: Bearer, or an API key as X-Api-Key."),
    FORBIDDEN(
            403,
            "Not allowed",
            "The caller is known, and may not do this.",
            "Ask the team that owns the route, or use a credential with the role that the action needs."),
    NO_ROUTE(
            404,
            "No such route",
            "No route takes this host and path.",
            "Check the path against the API's documentation."),
    NOT_FOUND(404, "Not found", "There is nothing under this name.", "Check the kind, the team and the name."),
    METHOD_NOT_ALLOWED(
            405,
            "Method not allowed",
            "The path exists; it does not take this method.",
            "Use one of the methods in the Allow header."),
    REQUEST_TIMEOUT(
            408,
            "Request too slow",
            "The body of the request stopped coming, or did not come whole in time.",
            "Send it again, without long pauses."),
    CONFLICT(
            409,
            "Conflict",
            "The change cannot stand beside what is there already.",
            "The conflicts name the other resource, and an example that both would claim."),
    GONE(410, "Gone", "It was there, and its time is over.", "Ask for it anew; what is told of it stays for a while."),
    STALE_VERSION(
            412,
            "Changed meanwhile",
            "Somebody else changed the resource after the version that If-Match names.",
            "Read it again, put your change on top, and send it with the new ETag."),
    BODY_TOO_LARGE(
            413, "Body too large", "The body is larger than this place takes.", "Send less, or in several requests."),
    EXPORT_TOO_LARGE(
            413,
            "Export too large",
            "There is more to export than the dataset allows, or than a file of this format holds.",
            "Filter for less, or take a format that holds more."),
    URI_TOO_LONG(
            414,
            "URI too long",
            "The request line is longer than the gateway reads.",
            "Shorten the query, or send it as the body of a query request."),
    UNSUPPORTED_MEDIA_TYPE(
            415,
            "Unsupported media type",
            "The body's media type is not one that is read here.",
            "Send application/json or application/yaml."),
    RANGE_NOT_SATISFIABLE(
            416, "No such range", "The range lies outside of the file.", "Content-Range tells how long the file is."),
    INVALID_RESOURCE(
            422,
            "Invalid resource",
            "The document can be read, and asks for something that cannot be.",
            "Each problem names its place as a JSON Pointer, the value there and what is expected."),
    UNSUPPORTED_QUERY(
            422,
            "Unsupported query",
            "The query is valid, and the backend that would answer it has no words for a part of it.",
            "Ask in another way; the detail names what cannot be said."),
    FILTER_TOO_EXPENSIVE(
            422,
            "Filter too expensive",
            "The query is valid, and the database reckons that it would have to read more for it than is allowed here.",
            "Narrow it by the fields that the problem names: by these the database finds rows without reading them all."),
    PRECONDITION_REQUIRED(
            428,
            "Precondition required",
            "An update must say which version it is based on.",
            "Send the ETag that you read as If-Match."),
    TOO_MANY_REQUESTS(
            429,
            "Too many requests",
            "This caller or address sent more than it may.",
            "Wait as long as Retry-After says."),
    EXPORT_LIMIT(
            429,
            "Too many exports",
            "As many exports as may run at once are under way, of this tenant or of all.",
            "Try again after Retry-After, or when one of the others has ended."),
    HEADERS_TOO_LARGE(
            431,
            "Headers too large",
            "The request's headers are larger than the gateway reads.",
            "Send fewer or shorter headers; a cookie that grew is the usual cause."),
    INTERNAL(
            500,
            "Internal error",
            "The gateway failed in a way it did not expect.",
            "Try again later; give the request id when you report it."),
    BAD_GATEWAY(
            502,
            "Bad gateway",
            "The backend could not be reached, or broke off.",
            "Try again later; the request may have reached the backend."),
    AUTHENTICATION_UNAVAILABLE(
            503,
            "Authentication unavailable",
            "The keys that would prove this credential cannot be had at the moment.",
            "Try again after Retry-After."),
    AUTHORIZATION_UNAVAILABLE(
            503,
            "Authorization unavailable",
            "Whether the caller may do this cannot be decided at the moment, and without a decision nothing passes.",
            "Try again after Retry-After."),
    LIMITS_UNAVAILABLE(
            503,
            "Limits unavailable",
            "How much the caller has used cannot be told at the moment, and this limit admits nothing then.",
            "Try again after Retry-After."),
    EVENTS_UNAVAILABLE(
            503,
            "Events unavailable",
            "What was decided could not be recorded, and what is not recorded is not done.",
            "Try again after Retry-After."),
    AUDIT_UNAVAILABLE(
            503,
            "Audit unavailable",
            "The store of the audit cannot be read at the moment; what happens meanwhile is kept and will be in it.",
            "Try again after Retry-After."),
    READS_UNAVAILABLE(
            503,
            "Reads unavailable",
            "No replica has what this caller wrote and saw, and the primary takes no more reads at the moment.",
            "Try again after Retry-After, or ask for a weaker level where the route allows one."),
    EXPORTS_UNAVAILABLE(
            503,
            "Exports unavailable",
            "What is known of exports, or the place where their files are, cannot be reached at the moment.",
            "Try again after Retry-After; exports that run go on."),
    UPSTREAM_BUSY(
            503,
            "Backend busy",
            "As many requests as the backend may take are under way or waiting.",
            "Try again after Retry-After."),
    UPSTREAM_SUSPENDED(
            503,
            "Backend suspended",
            "The backend failed too often; for a while it is not called, so that it can recover.",
            "Try again after Retry-After."),
    DATASET_UNAVAILABLE(
            503,
            "Dataset unavailable",
            "The database of the dataset cannot be reached, or does not have what the dataset names.",
            "Try again after Retry-After; the team that owns the dataset can see more."),
    OVERLOADED(
            503,
            "Backend overloaded",
            "The backend answers slower than usual, so that less is let through to it until it has recovered. What matters"
                    + " less waits first, and among equals who asks for more than a fair share.",
            "Try again after Retry-After, and not all at once."),
    REGISTRY_UNAVAILABLE(
            503,
            "Registry unavailable",
            "The store of the configuration cannot be reached. Traffic is served by the last good configuration.",
            "Try the change again later; nothing of it was applied."),
    NOT_READY(
            503,
            "Not ready",
            "This instance has no configuration yet, or is shutting down.",
            "Try again after Retry-After, or another instance."),
    GATEWAY_TIMEOUT(
            504,
            "Backend too slow",
            "The backend did not answer in the time that the route allows.",
            "Try again later; a write may have taken effect.");

    private final int status;
    private final String title;
    private final String meaning;
    private final String remedy;

    ProblemType(int status, String title, String meaning, String remedy) {
        this.status = status;
        this.title = title;
        this.meaning = meaning;
        this.remedy = remedy;
    }

    public int status() {
        return status;
    }

    public String title() {
        return title;
    }

    public String meaning() {
        return meaning;
    }

    public String remedy() {
        return remedy;
    }

    public String slug() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    public String path() {
        return "/problems/" + slug();
    }

    public static Optional<ProblemType> ofSlug(String slug) {
        return Arrays.stream(values()).filter(type -> type.slug().equals(slug)).findFirst();
    }
}
