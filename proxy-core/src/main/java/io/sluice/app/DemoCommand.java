package io.sluice.app;

import io.sluice.spi.Demonstration;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;

/** Runs the demonstration, where it is on the class path. */
@Command(
        name = "demo",
        description = "Start real backends, two tenants and the proxy, to try it out.",
        mixinStandardHelpOptions = true)
final class DemoCommand implements Callable<Integer> {
    @Option(
            names = "--http-port",
            paramLabel = "PORT",
            defaultValue = "9127",
            description = "for HTTP (default: ${DEFAULT-VALUE}; 0: any free one)")
    private int httpPort;

    private final Optional<Demonstration> demo =
            ServiceLoader.load(Demonstration.class).findFirst();
    private final Map<String, Integer> ports = new HashMap<>();

    /** The command with an option for the port of each protocol that the demonstration speaks. */
    static CommandLine commandLine() {
        var command = new DemoCommand();
        CommandSpec spec = CommandSpec.forAnnotatedObject(command);
        command.demo.ifPresent(demo ->
                demo.usualPorts()
                        .forEach((protocol, port) -> {
                            command.ports.put(protocol, port);
                            spec.addOption(command.portOf(protocol, port));
                        }));
        return new CommandLine(spec);
    }

    private OptionSpec portOf(String protocol, int usual) {
        return OptionSpec.builder("--" + protocol + "-port")
                .paramLabel("PORT")
                .type(int.class)
                .defaultValue(Integer.toString(usual))
                .description("for " + protocol + " (default: ${DEFAULT-VALUE}; 0: any free one)")
                .setter(
                        new CommandLine.Model.ISetter() {
                            @Override
                            @SuppressWarnings("unchecked") // picocli's own contract
                            public <T> T set(T value) {
                                return (T) ports.put(protocol, (Integer) value);
                            }
                        })
                .build();
    }

    @Override
    public Integer call() throws IOException {
        Demonstration shown =
                demo.orElseThrow(() ->
                        new IOException(
                                "the demo is not part of an installed Sluice: start it by bin/sluice"
                                        + " demo in the source tree"));
        shown.run(new Demonstration.Ports(ports, httpPort), System.out);
        return 0;
    }
}
