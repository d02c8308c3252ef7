package io.sluice.tenant.credential;

import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.security.spec.PSSParameterSpec;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The channel binding {@code tls-server-end-point} (RFC 5929 §4): a hash of the server's
 * certificate, by the hash function of its signature, SHA-256 in place of MD5 and SHA-1.
 *
 * <p>Signatures without a hash function of their own (Ed25519, Ed448) have no such binding: the RFC
 * leaves it open and OpenSSL, hence PostgreSQL, cannot compute one.
 */
public final class TlsServerEndPoint {
    private static final String PSS = "RSASSA-PSS";

    private TlsServerEndPoint() {}

    /** Returns the hash, or null if the certificate has none. Computes; blocks nowhere. */
    public static byte @Nullable [] of(X509Certificate certificate) {
        try {
            String hash = hash(certificate);
            return hash == null
                    ? null
                    : MessageDigest.getInstance(hash).digest(certificate.getEncoded());
        } catch (GeneralSecurityException _) { // a hash or an encoding that this JDK does not know
            return null;
        }
    }

    private static @Nullable String hash(X509Certificate certificate)
            throws GeneralSecurityException {
        String signature = certificate.getSigAlgName().toUpperCase(Locale.ROOT);
        if (signature.equals(PSS)) {
            return atLeastSha256(pssHash(certificate));
        }
        int with = signature.indexOf("WITH");
        return with <= 0 ? null : atLeastSha256(signature.substring(0, with));
    }

    private static String pssHash(X509Certificate certificate) throws GeneralSecurityException {
        byte[] encoded = certificate.getSigAlgParams();
        if (encoded == null) {
            return "SHA-1"; // the default of RFC 8017
        }
        AlgorithmParameters parameters = AlgorithmParameters.getInstance(PSS);
        try {
            parameters.init(encoded);
        } catch (java.io.IOException e) {
            throw new GeneralSecurityException("unreadable RSASSA-PSS parameters", e);
        }
        return parameters.getParameterSpec(PSSParameterSpec.class).getDigestAlgorithm();
    }

    /**
     * Returns the JDK's name of a hash that signatures call {@code SHA384}, {@code SHA3-256}, ….
     */
    private static String atLeastSha256(String hash) {
        return switch (hash) {
            case "MD5", "SHA1", "SHA-1" -> "SHA-256";
            default ->
                    hash.startsWith("SHA") && hash.indexOf('-') < 0
                            ? "SHA-" + hash.substring(3)
                            : hash;
        };
    }
}
