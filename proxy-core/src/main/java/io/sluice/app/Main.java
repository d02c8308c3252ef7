package io.sluice.app;

import io.netty.util.internal.logging.InternalLoggerFactory;
import io.netty.util.internal.logging.Log4J2LoggerFactory;
import java.io.IOException;
import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command line. */
@Command(
        name = "sluice",
        description = "A proxy in front of databases: many clients on few connections.",
        subcommands = {
            RunCommand.class,
            CheckConfigCommand.class,
            PrintConfigCommand.class,
            HashPasswordCommand.class,
            AdminCommand.class,
            VersionCommand.class,
            CommandLine.HelpCommand.class
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:fine", "1:failure", "2:wrong usage", "78:bad configuration"})
public final class Main implements Runnable {
    static final int FAILURE = 1;

    /** EX_CONFIG of sysexits.h. */
    static final int BAD_CONFIGURATION = 78;

    @Spec
    private @SuppressWarnings("NullAway.Init") CommandSpec spec; // set by picocli

    public static void main(String[] args) {
        InternalLoggerFactory.setDefaultFactory(Log4J2LoggerFactory.INSTANCE);
        int code = commandLine().execute(args);
        // Not a plain return: threads of a failed start may still be on their way down.
        System.exit(code);
    }

    static CommandLine commandLine() {
        return new CommandLine(new Main())
                .addSubcommand(DemoCommand.commandLine())
                .setExecutionExceptionHandler(onFailure());
    }

    /** Failures are told in a line; a stack trace is only there for what nobody foresaw. */
    private static IExecutionExceptionHandler onFailure() {
        return (failure, command, _) -> {
            PrintWriter err = command.getErr();
            switch (failure) {
                case BadConfiguration bad -> {
                    bad.lines().forEach(err::println);
                    return BAD_CONFIGURATION;
                }
                case IOException known ->
                        err.println("sluice: " + onOneLine(String.valueOf(known.getMessage())));
                default -> failure.printStackTrace(err);
            }
            return FAILURE;
        };
    }

    private static String onOneLine(String message) {
        return message.strip().replaceAll("\\s*\\R\\s*", "; ");
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Which command?");
    }
}
