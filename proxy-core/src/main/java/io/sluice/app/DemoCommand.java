package io.sluice.app;

import io.sluice.spi.Demonstration;
import java.io.IOException;
import java.util.ServiceLoader;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Runs the demonstration, where it is on the class path. */
@Command(
        name = "demo",
        description = "Start real backends, two tenants and the proxy, to try it out.",
        mixinStandardHelpOptions = true)
final class DemoCommand implements Callable<Integer> {
    @Option(
            names = "--postgres-port",
            paramLabel = "PORT",
            defaultValue = "6432",
            description = "for PostgreSQL clients (default: ${DEFAULT-VALUE}; 0: any free one)")
    private int postgresPort;

    @Option(
            names = "--http-port",
            paramLabel = "PORT",
            defaultValue = "9127",
            description = "for HTTP (default: ${DEFAULT-VALUE}; 0: any free one)")
    private int httpPort;

    @Override
    public Integer call() throws IOException {
        Demonstration demo =
                ServiceLoader.load(Demonstration.class)
                        .findFirst()
                        .orElseThrow(() ->
                                new IOException(
                                        "the demo is not part of an installed Sluice: start"
                                                + " it by bin/sluice demo in the source"
                                                + " tree"));
        demo.run(new Demonstration.Ports(postgresPort, httpPort), System.out);
        return 0;
    }
}
