package io.headgate.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;

class RequestIdTest {

    @Test
    void keepsWhatAClientMaySend() {
        for (String id : List.of("a", "A-Z_0.9", "x".repeat(128))) {
            assertThat(RequestId.isAcceptable(id)).as(id).isTrue();
            assertThat(new RequestId(id)).hasToString(id);
        }
    }

    @Test
    void refusesEverythingElse() {
        for (String id : List.of("", "x".repeat(129), "a b", "a\n", "a/b", "ä", "a\u0000", "{a}", "１")) {
            assertThat(RequestId.isAcceptable(id)).as(id).isFalse();
            assertThatIllegalArgumentException().as(id).isThrownBy(() -> new RequestId(id));
        }
    }
}
