package io.sluice.tenant.credential;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TlsServerEndPointTest {

    /** Expected by {@code openssl x509 -outform DER | openssl dgst -<hash>}. */
    @ParameterizedTest
    @CsvSource({
        "rsa256.pem, 17f66fe551f1c5020b3365fcb6fb5a6d5bd9aa5aa743835d965d2ca5a3f862e3",
        "rsa512.pem, 9fbe23605f242d7952c9ccf698e5dff84a856a4240a0a54ddf30ebe39fb3273e",
        "rsa1.pem, 8a11e048c8a1d0817a5beb8e7d113fc9a36dec21a0ac0c7fa5bb0b44905d483e",
        "ecdsa384.pem, 26761e2b640d3eca178600515825478bc7ee967c2a112ffbc788564297eac87c",
        "pss512.pem, 38693f91c8ba97ad61eb5fd4e677929a6fd1825a2955d9d1c59557535b712ace"
    })
    void hashesByTheSignaturesOwnHashButAtLeastBySha256(String file, String firstBytes)
            throws IOException, CertificateException {
        byte[] endPoint = TlsServerEndPoint.of(certificate(file));

        assertThat(endPoint).isNotNull();
        assertThat(HexFormat.of().formatHex(endPoint)).startsWith(firstBytes);
    }

    @Test
    void hasNoneForASignatureWithoutAHash() throws IOException, CertificateException {
        assertThat(TlsServerEndPoint.of(certificate("ed25519.pem"))).isNull();
    }

    private static X509Certificate certificate(String file)
            throws IOException, CertificateException {
        try (InputStream pem = TlsServerEndPointTest.class.getResourceAsStream(file)) {
            return (X509Certificate)
                    CertificateFactory.getInstance("X.509").generateCertificate(pem);
        }
    }
}
