package io.sluice.app;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;

/** A certificate for 127.0.0.1, which only those trust that are given it. */
final class LoopbackCertificate {
    private final X509Bundle bundle;

    LoopbackCertificate() {
        try {
            X509Bundle root =
                    new CertificateBuilder()
                            .subject("CN=Sluice test root")
                            .setIsCertificateAuthority(true)
                            .buildSelfSigned();
            bundle =
                    new CertificateBuilder()
                            .subject("CN=127.0.0.1")
                            .addSanIpAddress("127.0.0.1")
                            .buildIssuedBy(root);
        } catch (Exception e) {
            throw new IllegalStateException("making a certificate", e);
        }
    }

    /** Writes {@code http.crt} and {@code http.key}, in place of those of another. */
    void write(Path folder) throws IOException {
        Files.writeString(folder.resolve("http.crt"), bundle.getCertificatePathPEM());
        Path key = folder.resolve("http.key");
        Files.deleteIfExists(key);
        Files.createFile(
                key,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(key, bundle.getPrivateKeyPEM());
    }

    /** For servers that show it. */
    SSLContext serving() {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(bundle.toKeyManagerFactory().getKeyManagers(), null, null);
            return context;
        } catch (Exception e) {
            throw new IllegalStateException("making a key manager", e);
        }
    }

    /** For clients that trust this certificate and no other. */
    SSLContext trusting() {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[] {bundle.toTrustManager()}, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("making a trust manager", e);
        }
    }
}
