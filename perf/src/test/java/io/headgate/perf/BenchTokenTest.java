package io.headgate.perf;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.AlgorithmParameters;
import java.security.KeyFactory;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.RepeatedTest;

class BenchTokenTest {

    /** Several keys: one in 256 has a coordinate that begins with a zero byte. */
    @RepeatedTest(5)
    void theKeySetVerifiesTheToken() throws Exception {
        var token = BenchToken.create();
        String[] parts = token.bearer().split("\\.");

        var verifier = Signature.getInstance("SHA256withECDSAinP1363Format");
        verifier.initVerify(KeyFactory.getInstance("EC").generatePublic(key(token)));
        verifier.update((parts[0] + "." + parts[1]).getBytes(StandardCharsets.US_ASCII));

        assertThat(verifier.verify(decoded(parts[2]))).isTrue();
        assertThat(new String(decoded(parts[1]), StandardCharsets.UTF_8)).contains("\"tenant\":\"acme\"");
    }

    private record KeySet(List<Key> keys) {}

    private record Key(String x, String y) {}

    private static ECPublicKeySpec key(BenchToken token) throws Exception {
        Key key = Json.read(token.keySet(), KeySet.class).keys().getFirst();
        var parameters = AlgorithmParameters.getInstance("EC");
        parameters.init(new ECGenParameterSpec("secp256r1"));
        var point = new ECPoint(new BigInteger(1, decoded(key.x())), new BigInteger(1, decoded(key.y())));
        return new ECPublicKeySpec(point, parameters.getParameterSpec(ECParameterSpec.class));
    }

    private static byte[] decoded(String text) {
        return Base64.getUrlDecoder().decode(text);
    }
}
