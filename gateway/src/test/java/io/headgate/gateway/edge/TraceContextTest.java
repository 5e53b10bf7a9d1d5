package io.headgate.gateway.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.gateway.edge.TraceContext.Parent;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TraceContextTest {

    private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
    private static final String SPAN = "b7ad6b7169203331";

    @Test
    void readsAParent() {
        assertThat(Parent.read(List.of("00-" + TRACE + "-" + SPAN + "-01"))).hasValue(new Parent(TRACE, SPAN, true));
    }

    @Test
    void readsOnlyTheLowestFlag() {
        assertThat(Parent.read(List.of("00-" + TRACE + "-" + SPAN + "-02"))).hasValue(new Parent(TRACE, SPAN, false));
    }

    @Test
    void readsALaterVersionAsFarAsItIsKnown() {
        assertThat(Parent.read(List.of("cc-" + TRACE + "-" + SPAN + "-01-what-the-future-brings")))
                .hasValue(new Parent(TRACE, SPAN, true));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "00",
                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-",
                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1",
                "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
                "00-00000000000000000000000000000000-b7ad6b7169203331-01",
                "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
                "00-0af7651916cd43dd8448eb211c80319g-b7ad6b7169203331-01",
                "00_0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01.more",
                " 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            })
    void takesNoParentFromABrokenHeader(String header) {
        assertThat(Parent.read(List.of(header))).isEmpty();
    }

    @Test
    void takesNoParentWhereThereAreTwo() {
        String header = "00-" + TRACE + "-" + SPAN + "-01";
        assertThat(Parent.read(List.of(header, header))).isEmpty();
    }

    @Test
    void tellsTheBackendItsOwnParentAndWhetherTheTraceIsKept() {
        assertThat(new TraceContext(TRACE, "", 1, 0xab, true).toBackend())
                .isEqualTo("00-" + TRACE + "-00000000000000ab-01");
        assertThat(new TraceContext(TRACE, "", 1, 0xab, false).toBackend()).endsWith("-00");
    }

    @Test
    void passesAStateOnUpToItsBound() {
        assertThat(TraceContext.mayPass(List.of("a=".repeat(256)))).isTrue();
        assertThat(TraceContext.mayPass(List.of("a=".repeat(128), "b=".repeat(128))))
                .isFalse();
    }
}
