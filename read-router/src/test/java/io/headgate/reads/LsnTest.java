package io.headgate.reads;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LsnTest {

    @Test
    void isReadAndWrittenAsPostgresqlWritesIt() {
        for (String text : List.of("0/0", "0/3001228", "16/B374D848", "FFFFFFFF/FFFFFFFF")) {
            assertThat(Lsn.parse(text)).hasToString(text);
        }
    }

    @Test
    void isOrderedBeyondTheHalfOfItsRange() {
        assertThat(Lsn.parse("80000000/0").isAtLeast(Lsn.parse("7FFFFFFF/FFFFFFFF")))
                .isTrue();
    }

    @Test
    void refusesWhatIsNoPosition() {
        for (String text : List.of("", "/", "1", "0/", "0/123456789", "-1/0", "0/0 ", "g/0", "0/0/0")) {
            assertThatIllegalArgumentException().as(text).isThrownBy(() -> Lsn.parse(text));
        }
    }

    @Test
    void standsAtTheEndOfTheLastRecordWhereOnlyAHeaderFollows() {
        Map.of(
                        "0/3002018", "0/3002000", // past the header of a page
                        "0/4000028", "0/4000000", // past the header of a segment
                        "0/3002028", "0/3002028", // forty into an ordinary page: a record ends there
                        "0/3002020", "0/3002020",
                        "0/3002000", "0/3002000")
                .forEach((raw, expected) -> assertThat(LogLayout.STANDARD.normalize(Lsn.parse(raw)))
                        .as(raw)
                        .hasToString(expected));
    }
}
