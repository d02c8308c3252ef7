package io.sluice.testbed;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * A certificate authority that lives as long as a test: issues certificates for host names and
 * addresses, valid for a day unless said otherwise.
 */
public final class TestAuthority {

    private final X509Bundle root;

    private TestAuthority(X509Bundle root) {
        this.root = root;
    }

    /** A new authority with a key of its own. */
    public static TestAuthority create() {
        return new TestAuthority(
                built(() ->
                        new CertificateBuilder()
                                .subject("CN=Sluice test root")
                                .setIsCertificateAuthority(true)
                                .buildSelfSigned()));
    }

    /** The certificate to trust, in PEM. */
    public String rootPem() {
        return root.getRootCertificatePEM();
    }

    /** A certificate whose common name and only alternative name is {@code host}. */
    public X509Bundle issue(String host) {
        Instant now = Instant.now();
        return issue(List.of(host), now.minus(Duration.ofMinutes(5)), now.plus(Duration.ofDays(1)));
    }

    /**
     * A certificate for all {@code hosts} (names or literal addresses; the first is the common
     * name) that is valid in the given time, which may well be past.
     */
    public X509Bundle issue(List<String> hosts, Instant notBefore, Instant notAfter) {
        return built(() -> {
            var builder =
                    new CertificateBuilder()
                            .subject("CN=" + hosts.getFirst())
                            .notBefore(notBefore)
                            .notAfter(notAfter)
                            .addExtendedKeyUsageServerAuth()
                            .addExtendedKeyUsageClientAuth();
            for (String host : hosts) {
                if (isAddress(host)) {
                    builder.addSanIpAddress(host);
                } else {
                    builder.addSanDnsName(host);
                }
            }
            return builder.buildIssuedBy(root);
        });
    }

    /**
     * Issues a certificate for {@code localhost} and the loopback addresses into {@code folder}, as
     * {@code server.crt}, {@code server.key} and {@code root.crt}; those of an earlier call are
     * replaced, as when a certificate is renewed.
     */
    public PemFiles issueForLoopback(Path folder) throws IOException {
        Instant now = Instant.now();
        return write(
                issue(
                        List.of("localhost", "127.0.0.1", "::1"),
                        now.minus(Duration.ofMinutes(5)),
                        now.plus(Duration.ofDays(1))),
                folder,
                "server");
    }

    /** Writes {@code name.crt}, {@code name.key} and {@code root.crt} into {@code folder}. */
    public PemFiles write(X509Bundle certificate, Path folder, String name) throws IOException {
        var files =
                new PemFiles(
                        folder.resolve(name + ".crt"),
                        folder.resolve(name + ".key"),
                        folder.resolve("root.crt"));
        Files.writeString(files.root(), rootPem());
        Files.writeString(files.certificate(), certificate.getCertificatePathPEM());
        Files.deleteIfExists(files.key());
        Files.createFile(
                files.key(),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(files.key(), certificate.getPrivateKeyPEM());
        return files;
    }

    private static boolean isAddress(String host) {
        return host.indexOf(':') >= 0
                || host.chars().allMatch(c -> c == '.' || (c >= '0' && c <= '9'));
    }

    private interface Building {
        X509Bundle build() throws Exception;
    }

    private static X509Bundle built(Building building) {
        try {
            return building.build();
        } catch (Exception e) {
            throw new IllegalStateException("issuing a certificate", e);
        }
    }
}
