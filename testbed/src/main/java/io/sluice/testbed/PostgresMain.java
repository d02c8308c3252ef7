package io.sluice.testbed;

import java.util.Arrays;
import java.util.concurrent.CountDownLatch;

/**
 * Runs a PostgreSQL until the JVM is told to end. Arguments: {@code embedded} or an installed major
 * version, then settings of postgresql.conf as {@code name=value}.
 *
 * <p>When it is up, prints one line: the superuser's address and the postmaster's process id.
 */
public final class PostgresMain {

    private PostgresMain() {}

    /** See the class; the exit code after a signal is the JVM's. */
    public static void main(String[] arguments) throws InterruptedException {
        if (arguments.length == 0) {
            throw new IllegalArgumentException("usage: PostgresMain embedded|MAJOR [name=value …]");
        }
        PostgresBackendBuilder builder = choose(arguments[0]);
        for (String setting : Arrays.asList(arguments).subList(1, arguments.length)) {
            int equals = setting.indexOf('=');
            if (equals < 1) {
                throw new IllegalArgumentException(setting + " is not of the form name=value");
            }
            builder.setting(setting.substring(0, equals), setting.substring(equals + 1));
        }
        PostgresBackend backend = builder.start(); // closed when the JVM ends
        System.out.println(backend.uri() + " " + backend.pid());
        new CountDownLatch(1).await();
    }

    private static PostgresBackendBuilder choose(String version) {
        return version.equals("embedded")
                ? PostgresBackend.embedded()
                : PostgresBackend.installed(Integer.parseInt(version))
                        .orElseThrow(() ->
                                new IllegalArgumentException(
                                        "PostgreSQL " + version + " is not installed"));
    }
}
