package io.headgate.gateway.edge;

import io.headgate.api.Problem;
import io.headgate.api.ProblemType;
import io.headgate.api.RequestId;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.util.AttributeKey;
import io.netty.util.ReferenceCountUtil;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import reactor.netty.Connection;
import reactor.netty.http.server.HttpServerRequest;

/**
 * Looks at each HTTP/1 request as it leaves the decoder. One that cannot be read, or that two readers could frame
 * differently, goes on as a stand-in that says why, so that it is refused, counted and logged like any other; nothing
 * after it is read from the connection.
 */
final class RequestGate extends ChannelInboundHandlerAdapter {

    static final String NAME = "headgate.requestGate";

    private static final String MARK = "Headgate-Refused";
    private static final AttributeKey<Problem> REFUSAL = AttributeKey.valueOf(RequestGate.class, "refusal");

    private boolean isRefused;

    /** Why the gate stopped this request, where it did. */
    static Optional<Problem> refusalOf(HttpServerRequest request) {
        return request.requestHeaders().contains(MARK) && request instanceof Connection connection
                ? Optional.ofNullable(connection.channel().attr(REFUSAL).get())
                : Optional.empty();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (isRefused) {
            ReferenceCountUtil.release(message);
            return;
        }
        switch (message) {
            case HttpRequest request -> {
                Problem problem = problemOf(request);
                context.fireChannelRead(problem == null ? request : standIn(context, request, problem));
            }
            case HttpContent content
            when content.decoderResult().isFailure() -> {
                isRefused = true; // the framework would end the body here, and a backend take half of it for the whole
                content.release();
                context.close();
            }
            default -> context.fireChannelRead(message);
        }
    }

    private DefaultFullHttpRequest standIn(ChannelHandlerContext context, HttpRequest request, Problem problem) {
        isRefused = true;
        context.channel().attr(REFUSAL).set(problem);
        var standIn = new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/", Unpooled.EMPTY_BUFFER);
        standIn.headers()
                .set(MARK, problem.type().slug())
                .set(HttpHeaderNames.HOST, "refused")
                .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        String id = request.headers().get(RequestId.HEADER);
        if (id != null && RequestId.isAcceptable(id)) {
            standIn.headers().set(RequestId.HEADER, id);
        }
        ReferenceCountUtil.release(request);
        return standIn;
    }

    private static @Nullable Problem problemOf(HttpRequest request) {
        if (request.decoderResult().isFailure()) {
            return problemOf(request.decoderResult().cause());
        }
        String reason = versionProblem(request.protocolVersion());
        reason = reason != null ? reason : framingProblem(request.headers());
        reason = reason != null ? reason : hostProblem(request);
        reason = reason != null ? reason : targetProblem(request.uri());
        return reason == null ? null : Problem.of(ProblemType.MALFORMED_REQUEST, reason);
    }

    private static Problem problemOf(Throwable cause) {
        return switch (cause) {
            case TooLongHttpLineException tooLong ->
                Problem.of(ProblemType.URI_TOO_LONG, "The request line is longer than this gateway reads.");
            case TooLongHttpHeaderException tooLong ->
                Problem.of(ProblemType.HEADERS_TOO_LARGE, "The headers are larger than this gateway reads.");
            default -> Problem.of(ProblemType.MALFORMED_REQUEST, "The head of the request cannot be read.");
        };
    }

    private static @Nullable String versionProblem(HttpVersion version) {
        return version.equals(HttpVersion.HTTP_1_1) || version.equals(HttpVersion.HTTP_1_0)
                ? null
                : "The request's version is neither HTTP/1.1 nor HTTP/1.0.";
    }

    /** Where a body ends must have one answer: by one length, or by chunks alone. */
    private static @Nullable String framingProblem(HttpHeaders headers) {
        if (!headers.contains(HttpHeaderNames.TRANSFER_ENCODING)) {
            return headers.getAll(HttpHeaderNames.CONTENT_LENGTH).size() > 1
                    ? "The request has more than one Content-Length."
                    : null;
        }
        List<String> codings = headers.getAll(HttpHeaderNames.TRANSFER_ENCODING);
        if (headers.contains(HttpHeaderNames.CONTENT_LENGTH)) {
            return "The request has both Content-Length and Transfer-Encoding.";
        }
        return codings.size() == 1 && codings.getFirst().equalsIgnoreCase("chunked")
                ? null
                : "The Transfer-Encoding is not understood; chunked is.";
    }

    private static @Nullable String hostProblem(HttpRequest request) {
        List<String> hosts = request.headers().getAll(HttpHeaderNames.HOST);
        if (hosts.isEmpty()) {
            return request.protocolVersion().equals(HttpVersion.HTTP_1_0) ? null : "The request has no Host.";
        }
        return hosts.size() == 1 && isAuthority(hosts.getFirst()) ? null : "The request's Host is not one authority.";
    }

    private static boolean isAuthority(String host) {
        int port = host.lastIndexOf(':') > host.lastIndexOf(']') ? host.lastIndexOf(':') : host.length();
        for (int i = 0; i < port; i++) {
            char c = host.charAt(i);
            boolean fits = c >= 'a' && c <= 'z'
                    || c >= 'A' && c <= 'Z'
                    || c >= '0' && c <= '9'
                    || c == '.'
                    || c == '-'
                    || c == '_'
                    || host.charAt(0) == '[' && (c == '[' || c == ']' || c == ':');
            if (!fits) {
                return false;
            }
        }
        for (int i = port + 1; i < host.length(); i++) {
            if (host.charAt(i) < '0' || host.charAt(i) > '9') {
                return false;
            }
        }
        return port > 0 && host.length() - port <= 6 && port != host.length() - 1;
    }

    /** The framework drops a target that it cannot parse without a word; here it gets its answer. */
    private static @Nullable String targetProblem(String target) {
        if (target.isEmpty() || target.charAt(0) != '/') {
            return "The request's target is not a path.";
        }
        for (int i = 0; i < target.length(); i++) {
            char c = target.charAt(i);
            if (c <= ' ' || c >= 0x7F || "\"<>\\^`{|}#".indexOf(c) >= 0) {
                return "The request's target has a character that must be escaped.";
            }
            if (c == '%' && !isEscape(target, i)) {
                return "The request's target has a broken escape.";
            }
        }
        return null;
    }

    private static boolean isEscape(String target, int at) {
        return at + 2 < target.length()
                && Character.digit(target.charAt(at + 1), 16) >= 0
                && Character.digit(target.charAt(at + 2), 16) >= 0;
    }
}
