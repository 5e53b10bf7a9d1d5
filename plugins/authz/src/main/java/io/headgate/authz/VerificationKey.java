package io.headgate.authz;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.KeyOperation;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.RSAKey;
import io.headgate.api.NativeCrypto;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/** @param algorithms those that the key's type and its own {@code alg} allow, so that no other is ever tried with it */
record VerificationKey(Optional<String> keyId, Set<JWSAlgorithm> algorithms, JWSVerifier verifier) {

    private static final Set<Curve> CURVES = Set.of(Curve.P_256, Curve.P_384, Curve.P_521);
    private static final int MIN_RSA_BITS = 2048;

    VerificationKey {
        algorithms = Set.copyOf(algorithms);
    }

    /** Empty for what can prove nothing here: secrets, private keys, encryption keys, weak or unknown ones. */
    static Optional<VerificationKey> of(JWK jwk) {
        if (jwk.isPrivate() || !isForVerifying(jwk)) {
            return Optional.empty();
        }
        try {
            return verifier(jwk).map(verifier -> of(jwk, verifier));
        } catch (JOSEException | IllegalStateException e) {
            return Optional.empty();
        }
    }

    private static VerificationKey of(JWK jwk, JWSVerifier verifier) {
        Set<JWSAlgorithm> algorithms = new HashSet<>(verifier.supportedJWSAlgorithms());
        if (jwk.getAlgorithm() != null) {
            algorithms.removeIf(
                    algorithm -> !algorithm.getName().equals(jwk.getAlgorithm().getName()));
        }
        return new VerificationKey(Optional.ofNullable(jwk.getKeyID()), algorithms, verifier);
    }

    private static boolean isForVerifying(JWK jwk) {
        return (jwk.getKeyUse() == null || jwk.getKeyUse().equals(KeyUse.SIGNATURE))
                && (jwk.getKeyOperations() == null || jwk.getKeyOperations().contains(KeyOperation.VERIFY));
    }

    private static Optional<JWSVerifier> verifier(JWK jwk) throws JOSEException {
        if (jwk instanceof ECKey ec && CURVES.contains(ec.getCurve())) {
            return Optional.of(fast(new ECDSAVerifier(ec)));
        }
        if (jwk instanceof RSAKey rsa && rsa.size() >= MIN_RSA_BITS) {
            return Optional.of(fast(new RSASSAVerifier(rsa)));
        }
        return Optional.empty();
    }

    private static JWSVerifier fast(JWSVerifier verifier) {
        NativeCrypto.provider().ifPresent(verifier.getJCAContext()::setProvider);
        return verifier;
    }
}
