package io.sluice.config;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** Two certificates with their keys, {@code one} and {@code two}, made once for the tests. */
final class TlsResources {
    private TlsResources() {}

    static String text(String name) {
        try (InputStream in = TlsResources.class.getResourceAsStream("/tls/" + name)) {
            return new String(requireNonNull(in).readAllBytes(), StandardCharsets.US_ASCII);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
