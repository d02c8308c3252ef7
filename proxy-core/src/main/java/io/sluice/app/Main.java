package io.sluice.app;

import io.netty.util.internal.logging.InternalLoggerFactory;
import io.netty.util.internal.logging.Log4J2LoggerFactory;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/** The command line. */
@Command(
        name = "sluice",
        description = "A proxy in front of databases: many clients on few connections.",
        mixinStandardHelpOptions = true,
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
public final class Main implements Callable<Integer> {
    static final int FAILURE = 1;
    static final int WRONG_USAGE = 2;

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
        return commandLine(DemoCommand.commandLine());
    }

    static CommandLine commandLine(CommandLine demo) {
        CommandLine sluice =
                new CommandLine(new Main())
                        .addSubcommand(demo)
                        .setParameterExceptionHandler((wrong, _) -> onWrongUsage(wrong))
                        .setExecutionExceptionHandler(onFailure());
        sluice.getCommandSpec().version(VersionCommand.LINE);
        sluice.getSubcommands()
                .values()
                .forEach(command -> command.getCommandSpec().version(VersionCommand.LINE));
        return sluice;
    }

    /** In one line: what is wrong, what may have been meant, and where the usage is told. */
    private static int onWrongUsage(ParameterException wrong) {
        CommandLine command = wrong.getCommandLine();
        String message = onOneLine(String.valueOf(wrong.getMessage())).replaceFirst("\\.$", "");
        String meant =
                wrong instanceof UnmatchedArgumentException unmatched
                                && !unmatched.getSuggestions().isEmpty()
                        ? " (did you mean %s?)".formatted(unmatched.getSuggestions().getFirst())
                        : "";
        command.getErr()
                .println(
                        "sluice: %s%s; see %s --help"
                                .formatted(
                                        message, meant, command.getCommandSpec().qualifiedName()));
        return WRONG_USAGE;
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
                case FileSystemException file -> err.println("sluice: " + inWords(file));
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

    /** Which file it is and what is the matter: the JDK's message is mostly the mere path. */
    static String inWords(FileSystemException failure) {
        String reason = failure.getReason();
        String said =
                switch (failure) {
                    case NoSuchFileException _ -> "there is no such file";
                    case AccessDeniedException _ ->
                            "user %s may not".formatted(System.getProperty("user.name"));
                    default -> reason == null ? failure.getClass().getSimpleName() : reason;
                };
        return onOneLine(failure.getFile() + ": " + said);
    }

    @Override
    public Integer call() {
        spec.commandLine().usage(spec.commandLine().getErr());
        return WRONG_USAGE;
    }
}
