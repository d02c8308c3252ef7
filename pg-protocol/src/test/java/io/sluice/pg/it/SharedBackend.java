package io.sluice.pg.it;

import io.sluice.testbed.PostgresBackend;

/** One server for all the tests that leave it as they found it; it ends with the JVM. */
final class SharedBackend {
    private static final PostgresBackend BACKEND = begun();

    private SharedBackend() {}

    static PostgresBackend get() {
        return BACKEND;
    }

    private static PostgresBackend begun() {
        PostgresBackend backend =
                PostgresBackend.embedded()
                        .tls()
                        .setting("max_connections", "200")
                        .setting("listen_addresses", "127.0.0.1, 127.0.0.2")
                        .start();
        TestProxy.prepare(backend);
        return backend;
    }
}
