package io.headgate.export;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.function.Function;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/**
 * Asks for the next piece when the connection takes more, whatever was asked for. The server asks for 128 pieces at once and
 * for 64 when as many are written: with pieces of this size a slow client would be given megabytes to hold. All of it
 * happens on the connection's thread.
 */
final class WhenWritable<T> extends ChannelInboundHandlerAdapter implements CoreSubscriber<T>, Subscription {

    private final CoreSubscriber<? super T> actual;
    private final Channel channel;
    private Subscription upstream = Operators.emptySubscription();
    private long wanted;
    private boolean isComing;

    private WhenWritable(CoreSubscriber<? super T> actual, Channel channel) {
        this.actual = actual;
        this.channel = channel;
    }

    /** @param source emits on the connection's thread */
    static <T> Function<Publisher<T>, Publisher<T>> of(Channel channel) {
        return Operators.<T, T>lift((_, actual) -> new WhenWritable<>(actual, channel))::apply;
    }

    @Override
    public Context currentContext() {
        return actual.currentContext();
    }

    @Override
    public void onSubscribe(Subscription subscription) {
        upstream = subscription;
        channel.pipeline().addFirst(this); // the server's own handler is the last, and keeps the news to itself
        actual.onSubscribe(this);
    }

    @Override
    public void request(long more) {
        if (channel.eventLoop().inEventLoop()) {
            wanted = Operators.addCap(wanted, more);
            ask();
        } else {
            channel.eventLoop().execute(() -> request(more));
        }
    }

    private void ask() {
        if (!isComing && wanted > 0 && channel.isWritable()) {
            isComing = true;
            upstream.request(1);
        }
    }

    @Override
    public void onNext(T piece) {
        isComing = false;
        wanted -= wanted == Long.MAX_VALUE ? 0 : 1;
        actual.onNext(piece);
        ask();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        ask();
        context.fireChannelWritabilityChanged();
    }

    @Override
    public void onError(Throwable failure) {
        leave();
        actual.onError(failure);
    }

    @Override
    public void onComplete() {
        leave();
        actual.onComplete();
    }

    @Override
    public void cancel() {
        leave();
        upstream.cancel();
    }

    private void leave() {
        ChannelHandlerContext own = channel.pipeline().context(this);
        if (own != null && !own.isRemoved()) {
            own.pipeline().remove(this);
        }
    }
}
