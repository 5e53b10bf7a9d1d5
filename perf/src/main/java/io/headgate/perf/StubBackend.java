package io.headgate.perf;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ByteProcessor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The backend behind every contestant, made to cost as little as it can: a GET whose path ends in {@code s} (such as
 * {@code /r/7/items}), with a query or without, gets a prepared answer of 1 KB without any HTTP object in between. Whatever else arrives turns
 * that connection over to Netty's codec: {@code .../bytes/{n}} streams n bytes, {@code .../jwks.json} gives the key set
 * of the bench's tokens, and any body is counted and thrown away.
 */
final class StubBackend {
    private static final int CHUNK = 64 * 1024;
    private static final ByteBuf ZEROS =
            Unpooled.unreleasableBuffer(Unpooled.directBuffer(CHUNK).writeZero(CHUNK));

    private StubBackend() {}

    /** Arguments: the port, and the file of the key set where tokens are used. */
    static void main(String[] args) throws Exception {
        byte[] keys = args.length > 1
                ? Files.readAllBytes(Path.of(args[1]))
                : "{\"keys\":[]}".getBytes(StandardCharsets.UTF_8);
        Parent.endWithIt();
        start(Integer.parseInt(args[0]), keys).closeFuture().sync();
    }

    static Channel start(int port, byte[] keys) throws InterruptedException {
        return Loops.server(port, channel -> channel.pipeline().addLast(new PreparedAnswer(keys)));
    }

    private static ByteBuf preparedAnswer() {
        byte[] body = page();
        String head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: " + body.length
                + "\r\ncache-control: no-cache\r\netag: \"stub-1\"\r\n\r\n";
        ByteBuf answer = Unpooled.directBuffer();
        answer.writeCharSequence(head, StandardCharsets.US_ASCII);
        return Unpooled.unreleasableBuffer(answer.writeBytes(body));
    }

    /** Exactly 1,024 bytes of JSON that look like a short page of reports. */
    private static byte[] page() {
        var page = new StringBuilder("{\"data\":[");
        for (int i = 0; i < 5; i++) {
            page.append(i == 0 ? "" : ",")
                    .append("{\"id\":\"6f1c0f0e-3f6a-4c11-9d55-0000000000%02d\",\"name\":\"Report %02d\","
                            .formatted(i, i))
                    .append("\"status\":\"active\",\"owner\":\"ana\",\"amount\":1200.50,\"views\":7,")
                    .append("\"created_at\":\"2026-11-01T00:00:00Z\"}");
        }
        String tail = "],\"page\":{\"limit\":5,\"has_more\":false},\"pad\":\"";
        page.append(tail)
                .append("x".repeat(1024 - page.length() - tail.length() - 2))
                .append("\"}");
        return page.toString().getBytes(StandardCharsets.US_ASCII);
    }

    /** Answers prepared paths from bytes, and steps aside for good at the first request that is none. */
    private static final class PreparedAnswer extends ByteToMessageDecoder {
        private static final ByteBuf ANSWER = preparedAnswer();
        private final byte[] keys;

        PreparedAnswer(byte[] keys) {
            this.keys = keys;
        }

        @Override
        protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
            int end = Heads.end(in);
            if (end < 0) {
                return;
            }
            int line = in.forEachByte(ByteProcessor.FIND_CR);
            int query = in.indexOf(in.readerIndex(), line, (byte) '?');
            int pathEnd = query < 0 ? line - " HTTP/1.1".length() : query;
            if (in.getByte(in.readerIndex()) == 'G' && in.getByte(pathEnd - 1) == 's') {
                in.readerIndex(end);
                ctx.writeAndFlush(ANSWER.duplicate());
                return;
            }
            ctx.pipeline().addLast(new HttpServerCodec(), new AnyRequest(keys));
            ctx.pipeline().remove(this); // hands what it holds to the codec
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            closeQuietly(ctx, cause);
        }
    }

    private static final class AnyRequest extends SimpleChannelInboundHandler<HttpObject> {
        private final byte[] keys;
        private String path = "";
        private long received;
        private long left;

        AnyRequest(byte[] keys) {
            this.keys = keys;
        }

        @Override
        protected void channelRead0(ChannelHandlerContext ctx, HttpObject message) {
            if (message.decoderResult().isFailure()) {
                ctx.writeAndFlush(answer(HttpResponseStatus.BAD_REQUEST, new byte[0]))
                        .addListener(ChannelFutureListener.CLOSE);
                return;
            }
            if (message instanceof HttpRequest request) {
                path = request.uri();
                received = 0;
            }
            if (message instanceof HttpContent content) {
                received += content.content().readableBytes();
            }
            if (message instanceof LastHttpContent) {
                respond(ctx);
            }
        }

        private void respond(ChannelHandlerContext ctx) {
            int bytes = path.indexOf("/bytes/");
            if (bytes >= 0) {
                left = Long.parseLong(path.substring(bytes + "/bytes/".length()));
                var head = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
                head.headers().set("content-type", "application/octet-stream").set("content-length", left);
                ctx.write(head);
                stream(ctx);
            } else if (path.endsWith("/jwks.json")) {
                ctx.writeAndFlush(answer(HttpResponseStatus.OK, keys));
            } else {
                byte[] body = ("{\"received\":" + received + "}").getBytes(StandardCharsets.US_ASCII);
                ctx.writeAndFlush(answer(HttpResponseStatus.OK, body));
            }
        }

        /** Writes as long as the peer takes it; the rest follows when the channel is writable again. */
        private void stream(ChannelHandlerContext ctx) {
            while (left > 0 && ctx.channel().isWritable()) {
                int size = (int) Math.min(CHUNK, left);
                left -= size;
                ctx.write(new DefaultHttpContent(ZEROS.slice(0, size)));
                if (left == 0) {
                    ctx.write(LastHttpContent.EMPTY_LAST_CONTENT);
                }
            }
            ctx.flush();
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext ctx) {
            stream(ctx);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            closeQuietly(ctx, cause);
        }

        private static DefaultFullHttpResponse answer(HttpResponseStatus status, byte[] body) {
            var response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, Unpooled.wrappedBuffer(body));
            response.headers().set("content-type", "application/json").set("content-length", body.length);
            return response;
        }
    }

    private static void closeQuietly(ChannelHandlerContext ctx, Throwable cause) {
        if (!(cause instanceof IOException)) {
            System.err.println("stub: " + cause);
        }
        ctx.close();
    }
}
