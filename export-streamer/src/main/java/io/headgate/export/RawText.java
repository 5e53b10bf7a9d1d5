package io.headgate.export;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/**
 * The bytes of one cell, as the server wrote them. Asking a row for this type finds our own codec at once, whatever the
 * column's type is, and copies nothing. Each connection has one of these, which shows a cell until the next is asked for.
 */
final class RawText {

    private ByteBuf cell = Unpooled.EMPTY_BUFFER;

    RawText show(ByteBuf shown) {
        cell = shown;
        return this;
    }

    int length() {
        return cell.readableBytes();
    }

    void copyTo(byte[] target, int at) {
        cell.getBytes(cell.readerIndex(), target, at, cell.readableBytes());
    }
}
