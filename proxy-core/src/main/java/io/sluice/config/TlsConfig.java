package io.sluice.config;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * TLS of one listener or one backend.
 *
 * @param mode on a listener REQUIRE or PREFER (offered); on a backend any
 * @param certificate PEM chain; required on listeners
 * @param key PEM private key; required with a certificate
 * @param ca PEM roots that a backend's certificate must lead to; null where none is verified
 * @param protocols such as TLSv1.3, TLSv1.2
 * @param ciphers empty: the library's own safe list
 */
public record TlsConfig(
        TlsMode mode,
        @Nullable Path certificate,
        @Nullable Path key,
        @Nullable Path ca,
        List<String> protocols,
        List<String> ciphers) {}
