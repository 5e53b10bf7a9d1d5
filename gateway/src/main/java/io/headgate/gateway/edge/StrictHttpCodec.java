package io.headgate.gateway.edge;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.CombinedChannelDuplexHandler;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.LastHttpContent;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The framework's HTTP/1 codec, save that it refuses a header line which begins with a blank: the framework joins such
 * a line with the one before it, and others read it as a header of its own. A head that comes too slowly ends its
 * connection.
 */
final class StrictHttpCodec extends CombinedChannelDuplexHandler<HttpRequestDecoder, HttpResponseEncoder> {

    /** The methods of the requests that are not answered yet: what an answer's head means depends on them. */
    private final Queue<HttpMethod> methods = new ArrayDeque<>();

    private final Duration headerTimeout;

    StrictHttpCodec(int maxInitialLine, int maxHeaders, Duration headerTimeout) {
        this.headerTimeout = headerTimeout;
        init(
                new Decoder(new HttpDecoderConfig()
                        .setMaxInitialLineLength(maxInitialLine)
                        .setMaxHeaderSize(maxHeaders)),
                new Encoder());
    }

    private final class Decoder extends HttpRequestDecoder {
        private boolean isInHead = true;
        private boolean isFolded;
        private byte last;
        private @Nullable Future<?> deadline;

        Decoder(HttpDecoderConfig config) {
            super(config);
        }

        @Override
        protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) throws Exception {
            int from = in.readerIndex();
            int before = out.size();
            super.decode(context, in, out);
            if (isInHead) {
                look(in, from, in.readerIndex());
            }
            if (isInHead && out.size() == before && deadline == null) {
                deadline = context.executor()
                        .schedule(() -> context.close(), headerTimeout.toMillis(), TimeUnit.MILLISECONDS);
            }
            for (int i = before; i < out.size(); i++) {
                sees(out.get(i));
            }
        }

        /** Only a head that comes in pieces has a deadline; the usual one, in one piece, costs no timer. */
        private void arrived() {
            isInHead = false;
            if (deadline != null) {
                deadline.cancel(false);
                deadline = null;
            }
        }

        private void sees(Object message) {
            if (message instanceof HttpRequest request) {
                methods.add(request.method());
                if (isFolded && request.decoderResult().isSuccess()) {
                    request.setDecoderResult(DecoderResult.failure(new IllegalArgumentException("a folded header")));
                }
                arrived();
            }
            if (message instanceof LastHttpContent) {
                isInHead = true;
                isFolded = false;
                last = 0;
            }
        }

        /** Looks at what was taken from the wire for this head, and at nothing of a body. */
        private void look(ByteBuf in, int from, int to) {
            for (int i = from; i < to; i++) {
                byte next = in.getByte(i);
                isFolded |= last == '\n' && (next == ' ' || next == '\t');
                last = next;
            }
        }
    }

    /** As the framework's own: an answer to HEAD has no body, whatever its head says. */
    private final class Encoder extends HttpResponseEncoder {
        private @Nullable HttpMethod method;

        @Override
        protected boolean isContentAlwaysEmpty(HttpResponse response) {
            if (response.status().codeClass() != HttpStatusClass.INFORMATIONAL) {
                method = methods.poll(); // the invitation to send a body is not the answer yet
            }
            return HttpMethod.HEAD.equals(method) || super.isContentAlwaysEmpty(response);
        }

        @Override
        protected void sanitizeHeadersBeforeEncode(HttpResponse response, boolean isAlwaysEmpty) {
            boolean isTunnel =
                    HttpMethod.CONNECT.equals(method) && response.status().codeClass() == HttpStatusClass.SUCCESS;
            if (isAlwaysEmpty || !isTunnel) {
                super.sanitizeHeadersBeforeEncode(response, isAlwaysEmpty);
            }
        }
    }
}
