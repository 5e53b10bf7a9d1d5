package io.headgate.authz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class SecretHashTest {

    private static final String OF_ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    @Test
    void isTheSha256() {
        assertThat(SecretHash.of("abc").hex()).isEqualTo(OF_ABC);
        assertThat(SecretHash.parse(OF_ABC)).isEqualTo(SecretHash.of("abc"));
    }

    @Test
    void tellsSecretsApart() {
        assertThat(SecretHash.of("abc")).isNotEqualTo(SecretHash.of("abd"));
    }

    @Test
    void showsTooLittleToBeFoundAgain() {
        assertThat(SecretHash.of("abc")).hasToString("ba7816bf");
    }

    @Test
    void refusesWhatIsNoHash() {
        for (String text : new String[] {"", "abc", OF_ABC + "00", OF_ABC.replace('b', 'x')}) {
            assertThatIllegalArgumentException().as(text).isThrownBy(() -> SecretHash.parse(text));
        }
    }
}
