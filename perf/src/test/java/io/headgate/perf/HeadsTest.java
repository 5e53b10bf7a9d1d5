package io.headgate.perf;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class HeadsTest {
    private static final String HEAD = "HTTP/1.1 204 No Content\r\nServer: x\r\nCONTENT-length:  1024 \r\n\r\n";

    @Test
    void findsTheEndOnlyWhenAllOfTheHeadHasCome() {
        for (int cut = 0; cut < HEAD.length(); cut++) {
            assertThat(Heads.end(bytes(HEAD.substring(0, cut))))
                    .as("%d bytes", cut)
                    .isEqualTo(-1);
        }
        assertThat(Heads.end(bytes(HEAD + "body"))).isEqualTo(HEAD.length());
    }

    @Test
    void readsStatusAndLengthInAnyCase() {
        assertThat(Heads.status(bytes(HEAD))).isEqualTo(204);
        assertThat(Heads.contentLength(bytes(HEAD), HEAD.length())).isEqualTo(1024);
    }

    @Test
    void tellsAHeadWithoutALength() {
        String chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

        assertThat(Heads.contentLength(bytes(chunked), chunked.length())).isEqualTo(-1);
    }

    private static ByteBuf bytes(String text) {
        return Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII);
    }
}
