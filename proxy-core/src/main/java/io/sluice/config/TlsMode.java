package io.sluice.config;

/** How much a connection insists on TLS; the names are libpq's sslmode values. */
public enum TlsMode {
    DISABLE,
    PREFER,
    REQUIRE,
    VERIFY_CA,
    VERIFY_FULL
}
