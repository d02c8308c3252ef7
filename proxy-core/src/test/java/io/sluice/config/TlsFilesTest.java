package io.sluice.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.CertificateBuilder.Algorithm;
import io.netty.pkitesting.X509Bundle;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Keys and certificates that cannot be used are mistakes in the configuration, at their line. */
class TlsFilesTest {
    private static final String LISTENER =
            """
            sluice.tls {
              mode = prefer
              certificate = server.crt
              key = server.key
            }
            """;

    @TempDir Path temp;
    private ConfigFolder folder;

    @BeforeEach
    void folder() {
        folder = new ConfigFolder(temp);
    }

    private static X509Bundle bundle(Algorithm algorithm) {
        try {
            return new CertificateBuilder()
                    .subject("CN=db.example")
                    .setIsCertificateAuthority(true)
                    .algorithm(algorithm)
                    .buildSelfSigned();
        } catch (Exception e) {
            throw new IllegalStateException("issuing a certificate", e);
        }
    }

    private void write(X509Bundle certificate, X509Bundle key) {
        folder.write("server.crt", certificate.getCertificatePathPEM());
        folder.write("server.key", key.getPrivateKeyPEM());
    }

    @ParameterizedTest
    @EnumSource(
            value = Algorithm.class,
            names = {"ecp256", "ecp384", "rsa2048", "ed25519"})
    void aKeyAndItsCertificateAreTakenAndAnothersKeyOfTheSameKindIsNot(Algorithm algorithm) {
        X509Bundle own = bundle(algorithm);
        write(own, own);
        assertThat(folder.load(LISTENER)).isInstanceOf(Loaded.Ready.class);

        write(own, bundle(algorithm));

        assertThat(folder.errors(LISTENER))
                .containsExactly(
                        "sluice.conf:4: sluice.tls.key: server.key is not the key of the"
                                + " certificate of CN=db.example");
    }

    @Test
    void aKeyOfAnotherKindIsNamedAsSuch() {
        write(bundle(Algorithm.ecp256), bundle(Algorithm.rsa2048));

        assertThat(folder.errors(LISTENER))
                .containsExactly(
                        "sluice.conf:4: sluice.tls.key: server.key is no EC key, which the"
                                + " certificate of CN=db.example needs");
    }

    @Test
    void aKeyUnderAPasswordSaysHowToStoreItWithout() {
        write(bundle(Algorithm.ecp256), bundle(Algorithm.ecp256));
        folder.write(
                "server.key",
                "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n");

        assertThat(folder.errors(LISTENER))
                .singleElement()
                .asString()
                .startsWith(
                        "sluice.conf:4: sluice.tls.key: server.key is protected by a password,"
                                + " which Sluice cannot give: store it without");
    }

    @Test
    void aKeyInTheOldFormSaysHowToConvertIt() {
        write(bundle(Algorithm.ecp256), bundle(Algorithm.ecp256));
        folder.write(
                "server.key",
                "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n");

        assertThat(folder.errors(LISTENER))
                .containsExactly(
                        "sluice.conf:4: sluice.tls.key: server.key is in the old form BEGIN RSA"
                                + " PRIVATE KEY: convert it to PKCS#8 (openssl pkey -in server.key)");
    }

    @Test
    void everyFileThatCannotBeUsedIsToldAtOnce() {
        folder.write("server.crt", "garbage");
        folder.write("server.key", "garbage");
        folder.write("own.crt", "-----BEGIN CERTIFICATE-----\n####\n-----END CERTIFICATE-----\n");

        List<String> errors =
                folder.errors(
                        LISTENER
                                + ConfigFolder.ONE_TENANT
                                + """
                                sluice.backends.main.tls {
                                  mode = verify-full
                                  certificate = own.crt
                                  key = none.key
                                  ca = .
                                }
                                sluice.limits.max-clients = few
                                """);

        assertThat(errors)
                .satisfiesExactly(
                        line ->
                                assertThat(line)
                                        .isEqualTo(
                                                "sluice.conf:3: sluice.tls.certificate: server.crt"
                                                        + " has no certificate (BEGIN CERTIFICATE)"),
                        line ->
                                assertThat(line)
                                        .isEqualTo(
                                                "sluice.conf:4: sluice.tls.key: server.key has no"
                                                        + " private key (BEGIN PRIVATE KEY)"),
                        line ->
                                assertThat(line)
                                        .startsWith(
                                                "sluice.conf:15: sluice.backends.main.tls.certificate:"
                                                        + " own.crt has a certificate that cannot be"
                                                        + " read: "),
                        line ->
                                assertThat(line)
                                        .isEqualTo(
                                                "sluice.conf:16: sluice.backends.main.tls.key: cannot"
                                                        + " read none.key: there is no such file"),
                        line ->
                                assertThat(line)
                                        .startsWith(
                                                "sluice.conf:17: sluice.backends.main.tls.ca: cannot"
                                                        + " read "),
                        line ->
                                assertThat(line)
                                        .startsWith("sluice.conf:19: sluice.limits.max-clients: "));
    }

    @Test
    void aCipherSuiteThatDoesNotExistIsNamedWithTheOneThatWasProbablyMeant() {
        X509Bundle own = bundle(Algorithm.ecp256);
        write(own, own);
        String ciphers = LISTENER + "sluice.tls.ciphers = [TLS_AES_128_GCM_SHA256, %s]\n";
        assertThat(folder.load(ciphers.formatted("ECDHE-ECDSA-AES128-GCM-SHA256")))
                .isInstanceOf(Loaded.Ready.class);

        assertThat(folder.errors(ciphers.formatted("TLS_AES_256_GCM_SHA348")))
                .containsExactly(
                        "sluice.conf:6: sluice.tls.ciphers: there is no cipher suite"
                                + " \"TLS_AES_256_GCM_SHA348\""
                                + " (did you mean \"TLS_AES_256_GCM_SHA384\"?)");
    }
}
