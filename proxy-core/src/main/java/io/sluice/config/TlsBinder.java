package io.sluice.config;

import io.netty.handler.ssl.OpenSsl;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import javax.net.SocketFactory;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/** Binds {@code tls { }} of listeners, of HTTP and of backends, and tries the files it names. */
final class TlsBinder {
    private static final List<String> VERSIONS = List.of("TLSv1.2", "TLSv1.3");

    private final Path folder;

    /**
     * @param folder what relative paths are relative to where the value's own file is unknown
     */
    TlsBinder(Path folder) {
        this.folder = folder;
    }

    /** Of something that clients come to; null: not offered. */
    @Nullable TlsConfig forListener(SectionReader tls) {
        TlsConfig config = bind(tls, null);
        switch (config.mode()) {
            case DISABLE -> {
                return null;
            }
            case PREFER, REQUIRE -> {
                demand(tls, "certificate", config.certificate(), "to offer TLS");
                demand(tls, "key", config.key(), "to offer TLS");
            }
            case VERIFY_CA, VERIFY_FULL ->
                    tls.reject("mode", "must be disable, prefer or require on a listener");
        }
        return config;
    }

    /** Of connections to a backend; null: never used. */
    @Nullable TlsConfig forBackend(SectionReader tls) {
        TlsConfig config = bind(tls);
        switch (config.mode()) {
            case DISABLE -> {
                return null;
            }
            case PREFER, REQUIRE -> {
                if (config.ca() != null) {
                    tls.reject("ca", "is looked at by verify-ca and verify-full only");
                }
            }
            case VERIFY_CA, VERIFY_FULL ->
                    demand(tls, "ca", config.ca(), "to verify the server's certificate");
        }
        if (config.certificate() != null) {
            demand(tls, "key", config.key(), "with a certificate");
        }
        return config;
    }

    /** Reads the keys without asking whether they suffice together. */
    TlsConfig bind(SectionReader tls) {
        return bind(tls, file(tls, "ca"));
    }

    private TlsConfig bind(SectionReader tls, @Nullable Path ca) {
        TlsMode mode = tls.choice("mode", TlsMode.class);
        Path certificate = file(tls, "certificate");
        Path key = file(tls, "key");
        tryFiles(tls, certificate, key, ca);
        List<String> protocols = tls.strings("protocols");
        if (protocols.isEmpty() || !VERSIONS.containsAll(protocols)) {
            tls.reject("protocols", "must be of " + String.join(", ", VERSIONS));
        }
        return new TlsConfig(mode, certificate, key, ca, protocols, ciphers(tls));
    }

    private static List<String> ciphers(SectionReader tls) {
        List<String> ciphers = tls.strings("ciphers");
        for (String cipher : ciphers) {
            if (!KnownCiphers.NAMES.contains(cipher)) {
                tls.reject(
                        "ciphers",
                        "there is no cipher suite \"%s\"".formatted(cipher),
                        Nearest.hint(cipher, KnownCiphers.NAMES));
            }
        }
        return ciphers;
    }

    /** Asked of the TLS library, for which only ciphers of somebody's own choice have to wait. */
    private static final class KnownCiphers {
        static final Set<String> NAMES = names();

        private static Set<String> names() {
            if (!OpenSsl.isAvailable()) {
                SocketFactory factory = SSLSocketFactory.getDefault();
                return Set.of(((SSLSocketFactory) factory).getSupportedCipherSuites());
            }
            Set<String> names = new HashSet<>(OpenSsl.availableJavaCipherSuites());
            names.addAll(OpenSsl.availableOpenSslCipherSuites());
            return names;
        }
    }

    /** Each file by itself, so that all that is wrong is told at once; then whether they fit. */
    private static void tryFiles(
            SectionReader tls, @Nullable Path certificate, @Nullable Path key, @Nullable Path ca) {
        List<X509Certificate> chain = certificates(tls, "certificate", certificate);
        certificates(tls, "ca", ca);
        if (key == null) {
            return;
        }
        try {
            byte[] encoded = TlsMaterial.encodedKey(key);
            if (!chain.isEmpty()) {
                TlsMaterial.key(encoded, key, chain.getFirst());
            }
        } catch (BadValue bad) {
            tls.reject("key", bad.complaint());
        }
    }

    /** None where there is no file, or none that can be used: then that is reported. */
    private static List<X509Certificate> certificates(
            SectionReader tls, String key, @Nullable Path file) {
        if (file == null) {
            return List.of();
        }
        try {
            return TlsMaterial.certificates(file);
        } catch (BadValue bad) {
            tls.reject(key, bad.complaint());
            return List.of();
        }
    }

    private @Nullable Path file(SectionReader tls, String key) {
        Optional<String> name = tls.optionalString(key).filter(text -> !text.isEmpty());
        if (name.isEmpty()) {
            return null;
        }
        Path base =
                tls.fileOf(key)
                        .map(file -> Path.of(file).toAbsolutePath().resolveSibling(""))
                        .orElse(folder);
        Path file = base.resolve(name.get());
        tls.inForce(key, file.toString());
        return file;
    }

    private static void demand(SectionReader tls, String key, @Nullable Path file, String why) {
        if (file == null) {
            tls.reject(key, "is needed " + why);
        }
    }
}
