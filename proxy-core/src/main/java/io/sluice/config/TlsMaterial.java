package io.sluice.config;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.interfaces.RSAKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the files of a {@link TlsConfig} hold, found to belong together.
 *
 * @param chain own certificate first, then those that lead to its root; empty where none is named
 * @param key of the first of the chain; null where none is named
 * @param roots empty where none are named
 */
public record TlsMaterial(
        List<X509Certificate> chain, @Nullable PrivateKey key, List<X509Certificate> roots) {
    private static final byte[] ANYTHING = {1, 2, 3};

    public TlsMaterial {
        chain = List.copyOf(chain);
        roots = List.copyOf(roots);
    }

    /**
     * Reads the files. Blocks.
     *
     * @throws IOException if one cannot be read or used; the message names it
     */
    public static TlsMaterial read(TlsConfig config) throws IOException {
        try {
            Path certificate = config.certificate();
            Path key = config.key();
            Path ca = config.ca();
            List<X509Certificate> chain =
                    certificate == null ? List.of() : certificates(certificate);
            return new TlsMaterial(
                    chain,
                    key == null || chain.isEmpty()
                            ? null
                            : key(encodedKey(key), key, chain.getFirst()),
                    ca == null ? List.of() : certificates(ca));
        } catch (BadValue bad) {
            throw new IOException("tls: " + bad.complaint(), bad);
        }
    }

    /** The certificates of a PEM file: one at least. */
    static List<X509Certificate> certificates(Path file) throws BadValue {
        var certificates = new ArrayList<X509Certificate>();
        for (Pem block : Pem.read(file)) {
            if (block.label().equals("CERTIFICATE")) {
                certificates.add(certificate(block, file));
            }
        }
        if (certificates.isEmpty()) {
            throw new BadValue("%s has no certificate (BEGIN CERTIFICATE)".formatted(file));
        }
        return certificates;
    }

    private static X509Certificate certificate(Pem block, Path file) throws BadValue {
        try {
            return (X509Certificate)
                    CertificateFactory.getInstance("X.509")
                            .generateCertificate(new ByteArrayInputStream(block.content()));
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new BadValue(
                    "%s has a certificate that cannot be read: %s".formatted(file, e.getMessage()));
        }
    }

    /** The private key of a PEM file, of whatever algorithm, in PKCS#8. */
    static byte[] encodedKey(Path file) throws BadValue {
        for (Pem block : Pem.read(file)) {
            if (block.label().equals("PRIVATE KEY")) {
                try {
                    return block.content();
                } catch (IllegalArgumentException e) {
                    throw new BadValue(
                            "%s has a key that cannot be read: it is not Base64".formatted(file));
                }
            }
            if (block.label().endsWith("PRIVATE KEY")) {
                throw new BadValue(notPlain(block, file));
            }
        }
        throw new BadValue("%s has no private key (BEGIN PRIVATE KEY)".formatted(file));
    }

    private static String notPlain(Pem block, Path file) {
        boolean encrypted =
                block.label().contains("ENCRYPTED") || block.text().contains("ENCRYPTED");
        return encrypted
                ? "%s is protected by a password, which Sluice cannot give: store it without (openssl pkey -in %s), readable by Sluice's user only"
                        .formatted(file, file)
                : "%s is in the old form BEGIN %s: convert it to PKCS#8 (openssl pkey -in %s)"
                        .formatted(file, block.label(), file);
    }

    /**
     * The private key that belongs to {@code certificate}.
     *
     * @param encoded in PKCS#8
     * @param file where it was read, for the complaint
     */
    static PrivateKey key(byte[] encoded, Path file, X509Certificate certificate) throws BadValue {
        PublicKey open = certificate.getPublicKey();
        String whose = certificate.getSubjectX500Principal().getName();
        try {
            PrivateKey key =
                    KeyFactory.getInstance(open.getAlgorithm())
                            .generatePrivate(new PKCS8EncodedKeySpec(encoded));
            if (belongTogether(key, open)) {
                return key;
            }
        } catch (GeneralSecurityException _) {
            throw new BadValue(
                    "%s is no %s key, which the certificate of %s needs"
                            .formatted(file, open.getAlgorithm(), whose));
        }
        throw new BadValue("%s is not the key of the certificate of %s".formatted(file, whose));
    }

    private static boolean belongTogether(PrivateKey key, PublicKey open)
            throws GeneralSecurityException {
        if (key instanceof RSAKey one && open instanceof RSAKey other) {
            return one.getModulus().equals(other.getModulus());
        }
        String algorithm = open.getAlgorithm();
        Signature signature =
                Signature.getInstance(algorithm.equals("EC") ? "SHA256withECDSA" : algorithm);
        signature.initSign(key);
        signature.update(ANYTHING);
        byte[] signed = signature.sign();
        signature.initVerify(open);
        signature.update(ANYTHING);
        return signature.verify(signed);
    }

    /** Without the key. */
    @Override
    public String toString() {
        return "TlsMaterial[chain=%d certificates, key=%s, roots=%d certificates]"
                .formatted(chain.size(), key == null ? "none" : "***", roots.size());
    }
}
