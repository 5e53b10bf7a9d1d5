package io.headgate.export;

import io.netty.buffer.ByteBuf;
import io.r2dbc.postgresql.client.EncodedParameter;
import io.r2dbc.postgresql.codec.Codec;
import io.r2dbc.postgresql.message.Format;
import org.jspecify.annotations.Nullable;

/**
 * Hands out a column's text untouched. The driver's own ways are no way for an export: it looks in vain for a codec that
 * makes a String of a number, anew for every cell; and asked for a {@link ByteBuf} it answers JSON with a buffer that
 * somebody must release.
 */
final class RawTextCodec implements Codec<RawText> {

    private final RawText cell = new RawText();

    @Override
    public boolean canDecode(int dataType, Format format, Class<?> type) {
        return type == RawText.class && format == Format.FORMAT_TEXT;
    }

    @Override
    public @Nullable RawText decode(
            @Nullable ByteBuf buffer, int dataType, Format format, Class<? extends RawText> type) {
        return buffer == null ? null : cell.show(buffer);
    }

    @Override
    public boolean canEncode(Object value) {
        return false;
    }

    @Override
    public boolean canEncodeNull(Class<?> type) {
        return false;
    }

    @Override
    public EncodedParameter encode(Object value) {
        throw new UnsupportedOperationException("a cell of a row (expected: a value to bind)");
    }

    @Override
    public EncodedParameter encode(Object value, int dataType) {
        return encode(value);
    }

    @Override
    public EncodedParameter encodeNull() {
        throw new UnsupportedOperationException("a cell of a row (expected: a value to bind)");
    }
}
