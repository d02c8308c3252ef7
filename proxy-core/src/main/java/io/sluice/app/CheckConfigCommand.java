package io.sluice.app;

import io.sluice.config.Loaded;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Says what is wrong with a configuration, or that nothing is. */
@Command(
        name = "check-config",
        description = "Say everything that is wrong with a configuration, by file and line.",
        mixinStandardHelpOptions = true)
final class CheckConfigCommand implements Callable<Integer> {
    @Spec
    private @SuppressWarnings("NullAway.Init") CommandSpec spec; // set by picocli

    @Parameters(paramLabel = "FILE", description = "the configuration")
    private @SuppressWarnings("NullAway.Init") Path file; // set by picocli

    @Override
    public Integer call() throws BadConfiguration {
        Loaded.Ready ready = ConfigFile.at(file).require();
        PrintWriter out = spec.commandLine().getOut();
        ready.warnings().forEach(warning -> out.println("warning: " + warning));
        out.println(file + " is right");
        return 0;
    }
}
