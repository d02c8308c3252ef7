package io.sluice.app;

import io.sluice.config.ConfigPrinter;
import io.sluice.config.Loaded;
import io.sluice.config.Settings;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Prints every setting with the value in force. */
@Command(
        name = "print-config",
        description = "Print every setting with the value in force; secrets are ***.",
        mixinStandardHelpOptions = true)
final class PrintConfigCommand implements Callable<Integer> {
    @Spec
    private @SuppressWarnings("NullAway.Init") CommandSpec spec; // set by picocli

    @Option(
            names = {"-c", "--config"},
            paramLabel = "FILE",
            description = "the configuration; without it, the defaults are printed")
    private @Nullable Path file;

    @Override
    public Integer call() throws BadConfiguration {
        spec.commandLine().getOut().println(ConfigPrinter.print(inForce()));
        return 0;
    }

    private Settings inForce() throws BadConfiguration {
        Path given = file;
        if (given == null) {
            return ConfigFile.defaults();
        }
        return switch (ConfigFile.at(given).read()) {
            case Loaded.Ready ready -> ready.settings();
            case Loaded.Refused(var errors) -> throw new BadConfiguration(errors);
        };
    }
}
