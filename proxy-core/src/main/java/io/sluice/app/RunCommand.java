package io.sluice.app;

import io.sluice.config.Loaded;
import io.sluice.net.Clock;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Runs the proxy until a signal or the console ends it. */
@Command(
        name = "run",
        description = "Run the proxy in the foreground.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Signals: HUP reloads the file; TERM drains; INT waits for servers; a second TERM or",
            "INT ends at once; USR1 pauses all databases, USR2 resumes; QUIT prints the threads."
        })
final class RunCommand implements Callable<Integer> {
    private static final Logger LOG = LogManager.getLogger(RunCommand.class);

    @Option(
            names = {"-c", "--config"},
            required = true,
            paramLabel = "FILE",
            description = "the configuration")
    private @SuppressWarnings("NullAway.Init") Path file; // set by picocli

    @Override
    public Integer call() throws BadConfiguration, IOException {
        ConfigFile config = ConfigFile.at(file);
        Loaded.Ready ready = config.require();
        ready.warnings().forEach(warning -> LOG.warn("{}", warning));
        try (Sluice sluice = Sluice.start(config, ready, Clock.SYSTEM);
                ServiceManager serviceManager = ServiceManager.in(System.getenv())) {
            Signals.steer(sluice, serviceManager);
            serviceManager.ready(sluice.loops());
            sluice.awaitStopped();
        }
        return 0;
    }
}
