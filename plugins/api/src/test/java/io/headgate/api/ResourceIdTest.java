package io.headgate.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;

class ResourceIdTest {

    @Test
    void takesABareNameForOnesOwn() {
        assertThat(ResourceId.reference("reports", "api")).isEqualTo(new ResourceId("reports", "api"));
        assertThat(ResourceId.reference("reports", "platform/main")).isEqualTo(new ResourceId("platform", "main"));
        assertThat(ResourceId.parse("platform/main")).hasToString("platform/main");
    }

    @Test
    void refusesWhatIsNoName() {
        for (String id : List.of("", "main", "/main", "platform/", "a/b/c", "A/b", "a/-b", "a/" + "b".repeat(64))) {
            assertThatIllegalArgumentException().as(id).isThrownBy(() -> ResourceId.parse(id));
        }
    }
}
