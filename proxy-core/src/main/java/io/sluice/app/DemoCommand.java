package io.sluice.app;

import io.sluice.spi.Demonstration;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** Runs the demonstration, where it is on the class path. */
@Command(
        name = "demo",
        description = "Start real backends, two tenants and the proxy, to try it out.",
        mixinStandardHelpOptions = true)
final class DemoCommand implements Callable<Integer> {
    private static final int ANY_FREE_ONE = 0;

    @Spec
    private @SuppressWarnings("NullAway.Init") CommandSpec spec; // set by picocli

    @Option(
            names = "--http-port",
            paramLabel = "PORT",
            defaultValue = "9127",
            converter = Port.class,
            description = "for HTTP (default: ${DEFAULT-VALUE}; 0: any free one)")
    private int httpPort;

    private final Optional<Demonstration> demo;
    private final Map<String, Integer> ports = new TreeMap<>();

    private DemoCommand(Optional<Demonstration> demo) {
        this.demo = demo;
    }

    /** The command for what is on the class path. */
    static CommandLine commandLine() {
        return commandLine(ServiceLoader.load(Demonstration.class).findFirst());
    }

    /** The command with an option for the port of each protocol that the demonstration speaks. */
    static CommandLine commandLine(Optional<Demonstration> demo) {
        var command = new DemoCommand(demo);
        CommandSpec spec = CommandSpec.forAnnotatedObject(command);
        demo.map(Demonstration::usualPorts)
                .orElse(Map.of())
                .forEach((protocol, port) -> {
                    command.ports.put(protocol, port);
                    spec.addOption(command.portOf(protocol, port));
                });
        return new CommandLine(spec);
    }

    private OptionSpec portOf(String protocol, int usual) {
        return OptionSpec.builder(option(protocol))
                .paramLabel("PORT")
                .type(int.class)
                .converters(new Port())
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

    private static String option(String protocol) {
        return "--" + protocol + "-port";
    }

    /** Reads the number of a port. */
    static final class Port implements ITypeConverter<Integer> {
        private static final int LARGEST = 65_535;

        @Override
        public Integer convert(String text) {
            try {
                int port = Integer.parseInt(text);
                if (port < ANY_FREE_ONE || port > LARGEST) {
                    throw noPort(text);
                }
                return port;
            } catch (NumberFormatException _) {
                throw noPort(text);
            }
        }

        private static TypeConversionException noPort(String text) {
            return new TypeConversionException("'%s' is not 0 to %d".formatted(text, LARGEST));
        }
    }

    @Override
    public Integer call() throws IOException {
        Demonstration shown =
                demo.orElseThrow(() ->
                        new IOException(
                                "the demo is not part of an installed Sluice: start it by bin/sluice"
                                        + " demo in the source tree"));
        refuseEqualPorts();
        shown.run(new Demonstration.Ports(ports, httpPort), System.out);
        return 0;
    }

    private void refuseEqualPorts() {
        Map<Integer, String> taken = new TreeMap<>(Map.of(httpPort, "--http-port"));
        ports.forEach((protocol, port) -> {
            String other = taken.put(port, option(protocol));
            if (other != null && port != ANY_FREE_ONE) {
                throw new ParameterException(
                        spec.commandLine(),
                        "%s and %s are both %d: choose another for one of them"
                                .formatted(other, option(protocol), port));
            }
        });
    }
}
