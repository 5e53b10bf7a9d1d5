package io.headgate.gateway.edge;

import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Sees to what is left of a body whose request has been answered. A connection that is closed over unread bytes is
 * reset, and the client may lose its answer; one that is read to the end of any body can be held for ever. So a short
 * answer waits a moment for a short rest, which keeps the connection good; any other says that the connection ends, and
 * it does as soon as the client stops, or has sent or waited too much.
 */
final class UnreadBody extends ChannelDuplexHandler {

    static final String NAME = "headgate.unreadBody";

    private static final long UNKNOWN = -1;

    private final EdgeProperties.UnreadBody bounds;

    private int unanswered;
    private boolean isOpen;
    private boolean isInvited;
    private long left;

    private @Nullable Held held;
    private boolean isDiscarding;
    private boolean isLast;
    private long discarded;
    private @Nullable ChannelPromise closing;
    private @Nullable Future<?> deadline;

    UnreadBody(EdgeProperties.UnreadBody bounds) {
        this.bounds = bounds;
    }

    /** An answer that was ready before the body had come whole. */
    private record Held(FullHttpResponse answer, ChannelPromise promise) {}

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (message instanceof HttpRequest request && !isDiscarding) {
            begin(request);
        } else if (message instanceof HttpContent content) {
            count(content.content().readableBytes());
        }
        boolean isBroken = message instanceof HttpContent content
                && content.decoderResult().isFailure();
        boolean isEnd = message instanceof LastHttpContent && !(message instanceof HttpRequest);
        if (isDiscarding) {
            ReferenceCountUtil.release(message);
        } else {
            context.fireChannelRead(message);
        }
        if (isBroken) {
            isLast = true;
        }
        if (isEnd) {
            ended(context);
        } else if (isDiscarding ? discarded > bounds.discarded().toBytes() : isTooMuchToAwait()) {
            giveUp(context);
        }
    }

    private void begin(HttpRequest request) {
        unanswered++;
        isInvited = !HttpUtil.is100ContinueExpected(request);
        boolean isUnreadable = request.decoderResult().isFailure();
        boolean isChunked = HttpUtil.isTransferEncodingChunked(request);
        left = isUnreadable || isChunked ? UNKNOWN : HttpUtil.getContentLength(request, 0L);
        isOpen = left != 0;
    }

    private void count(int bytes) {
        if (held != null || isDiscarding) {
            discarded += bytes;
        }
        if (left > 0) {
            left -= bytes;
        }
    }

    private boolean isTooMuchToAwait() {
        return held != null && discarded > bounds.awaited().toBytes();
    }

    /** The body has come whole after all. */
    private void ended(ChannelHandlerContext context) {
        isOpen = false;
        if (held != null) {
            release(context);
        } else if (isDiscarding && isLast) {
            cut(context);
        } else if (isDiscarding) {
            isDiscarding = false;
            cancelDeadline();
            context.read();
        }
    }

    private void giveUp(ChannelHandlerContext context) {
        if (held == null) {
            cut(context);
        } else {
            release(context);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        context.fireChannelReadComplete();
        if (isDiscarding) {
            context.read();
        }
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        if (message instanceof HttpResponse answer) {
            if (answer.status().codeClass() == HttpStatusClass.INFORMATIONAL) {
                isInvited = true;
                context.write(message, promise);
                return;
            }
            isLast = !HttpUtil.isKeepAlive(answer);
            if (isRestOpen() && message instanceof FullHttpResponse whole) {
                writeWhole(context, whole, promise);
                return;
            }
        }
        pass(context, message, promise);
    }

    /** With requests in a row on their way, the body that is open belongs to the last of them. */
    private boolean isRestOpen() {
        return isOpen && unanswered == 1;
    }

    private void writeWhole(ChannelHandlerContext context, FullHttpResponse answer, ChannelPromise promise) {
        if (!isLast && isInvited && left <= bounds.awaited().toBytes()) {
            held = new Held(answer, promise);
            discarded = 0;
            setDeadline(context, bounds.patience(), () -> release(context));
            context.read();
        } else {
            HttpUtil.setKeepAlive(answer, false);
            isLast = true;
            pass(context, answer, promise);
        }
    }

    private void release(ChannelHandlerContext context) {
        Held ready = held;
        if (ready != null) {
            held = null;
            cancelDeadline();
            if (isOpen) {
                HttpUtil.setKeepAlive(ready.answer, false);
                isLast = true;
            }
            pass(context, ready.answer, ready.promise);
            context.flush();
        }
    }

    private void pass(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        if (!(message instanceof LastHttpContent)) {
            context.write(message, promise);
            return;
        }
        boolean discards = isRestOpen();
        unanswered--;
        if (discards) {
            isDiscarding = true;
            discarded = 0;
            context.write(message, promise.unvoid()).addListener(written -> linger(context));
        } else {
            context.write(message, promise);
        }
    }

    /** The answer has left: the client is told that no more will come, and may finish or stop. */
    private void linger(ChannelHandlerContext context) {
        if (isDiscarding) {
            setDeadline(context, bounds.linger(), () -> cut(context));
            if (isLast) {
                shutDownOutput(context);
            }
            context.read();
        }
    }

    private static void shutDownOutput(ChannelHandlerContext context) {
        Channel channel = context.channel();
        SslHandler tls = context.pipeline().get(SslHandler.class);
        if (tls != null) {
            tls.closeOutbound();
        } else if (channel instanceof DuplexChannel duplex) {
            duplex.shutdownOutput();
        }
    }

    /** Whoever closes first means the answer's end; whoever does it again means it. */
    @Override
    public void close(ChannelHandlerContext context, ChannelPromise promise) {
        boolean isFirst = closing == null && (isDiscarding || held != null);
        if (isFirst) {
            isLast = true;
            closing = promise;
            release(context);
        } else {
            context.close(promise);
        }
    }

    private void cut(ChannelHandlerContext context) {
        cancelDeadline();
        ChannelPromise promise = closing;
        context.close(promise == null ? context.newPromise() : promise);
    }

    private void setDeadline(ChannelHandlerContext context, Duration in, Runnable then) {
        cancelDeadline();
        deadline = context.executor().schedule(then, in.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void cancelDeadline() {
        if (deadline != null) {
            deadline.cancel(false);
            deadline = null;
        }
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        cancelDeadline();
        Held lost = held;
        if (lost != null) {
            held = null;
            lost.answer.release();
            lost.promise.tryFailure(new ClosedChannelException());
        }
    }
}
