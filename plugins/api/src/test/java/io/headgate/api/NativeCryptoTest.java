package io.headgate.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import java.security.Provider;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class NativeCryptoTest {

    private final Optional<Provider> jdk = Optional.empty();

    @Test
    void loadsWhereTheBuildBroughtALibraryForThePlatform() {
        assertThat(NativeCrypto.load().isPresent())
                .isEqualTo(ClassLoader.getSystemResource("com/amazon/corretto/crypto/provider") != null);
    }

    @Test
    void whatOneSignsTheOtherVerifies() throws Exception {
        Optional<Provider> fast = NativeCrypto.load();
        ECKey key = new ECKeyGenerator(Curve.P_256).generate();

        for (Optional<Provider> signing : List.of(jdk, fast)) {
            for (Optional<Provider> verifying : List.of(jdk, fast)) {
                var token = new JWSObject(new JWSHeader(JWSAlgorithm.ES256), new Payload("ana at acme"));
                var signer = new ECDSASigner(key);
                signing.ifPresent(signer.getJCAContext()::setProvider);
                token.sign(signer);
                var verifier = new ECDSAVerifier(key);
                verifying.ifPresent(verifier.getJCAContext()::setProvider);

                assertThat(token.verify(verifier)).isTrue();
            }
        }
    }
}
