package io.sluice.app;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Says which Sluice on which Java this is. */
@Command(name = "version", description = "Print the version.", mixinStandardHelpOptions = true)
final class VersionCommand implements Callable<Integer> {
    static final String LINE = "sluice %s (Java %s)".formatted(Version.CURRENT, Runtime.version());

    @Spec
    private @SuppressWarnings("NullAway.Init") CommandSpec spec; // set by picocli

    @Override
    public Integer call() {
        spec.commandLine().getOut().println(LINE);
        return 0;
    }
}
