package io.sluice.testbed;

import java.nio.file.Path;

/**
 * A certificate as files in PEM.
 *
 * @param certificate the certificate and what leads from it to the root, without the root
 * @param key its private key, readable by its owner only
 * @param root the certificate to trust
 */
public record PemFiles(Path certificate, Path key, Path root) {}
