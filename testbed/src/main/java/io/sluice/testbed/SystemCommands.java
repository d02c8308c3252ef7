package io.sluice.testbed;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;

/** SystemCommands to processes, and other short commands of the system. */
final class SystemCommands {

    private SystemCommands() {}

    /** Sends a signal by its name without SIG; processes that have ended by then are not missed. */
    static void signal(String name, List<Long> pids) {
        String all = pids.stream().map(String::valueOf).collect(Collectors.joining(" "));
        // The shell's own kill: the program of that name is not installed everywhere.
        run("sh", "-c", "kill -%s %s 2>/dev/null || true".formatted(name, all));
    }

    /**
     * Runs a command to its end.
     *
     * @throws IllegalStateException with what it printed, if it fails
     */
    static void run(String... command) {
        run(List.of(command));
    }

    static void run(List<String> command) {
        output(command);
    }

    /** As {@link #run}, for what the command has printed. */
    static String output(List<String> command) {
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getOutputStream().close();
            String printed =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            int code = process.waitFor();
            if (code != 0) {
                throw new IllegalStateException(
                        "%s ended with %d: %s".formatted(String.join(" ", command), code, printed));
            }
            return printed;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot run " + command.getFirst(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }
}
