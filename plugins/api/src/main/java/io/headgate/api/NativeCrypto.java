package io.headgate.api;

import java.security.Provider;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Signatures in native code, made about ten times as fast as the JDK makes them. Where the platform has none, or it does
 * not load, the JDK's are used; keys and signatures are the same.
 */
public final class NativeCrypto {

    private static final Logger log = LoggerFactory.getLogger(NativeCrypto.class);
    private static final String NAME = "AmazonCorrettoCryptoProvider";
    private static final String NEEDED = "SHA256withECDSA";
    private static final CompletableFuture<Optional<Provider>> PROVIDER = new CompletableFuture<>();

    static {
        Thread.ofPlatform().name("native-crypto").daemon().start(() -> PROVIDER.complete(load()));
    }

    private NativeCrypto() {}

    /** Never waits: empty until it is loaded, which begins with the first call and takes a fifth of a second. */
    public static Optional<Provider> provider() {
        return PROVIDER.getNow(Optional.empty());
    }

    static Optional<Provider> load() {
        try {
            return ServiceLoader.load(Provider.class, NativeCrypto.class.getClassLoader()).stream()
                    .filter(candidate -> candidate.type().getSimpleName().equals(NAME))
                    .map(ServiceLoader.Provider::get)
                    .filter(candidate -> candidate.getService("Signature", NEEDED) != null)
                    .findFirst();
        } catch (RuntimeException | LinkageError | ServiceConfigurationError e) {
            log.atWarn().addKeyValue("reason", e.toString()).log("native crypto does not load, the JDK's is used");
            return Optional.empty();
        }
    }
}
