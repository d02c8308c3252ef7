package io.sluice.pg.it;

import io.sluice.app.Main;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What {@code bin/sluice run -c FILE} starts: the JVM with the options that are shipped. */
final class SluiceCommand {
    /** One or more options a line. */
    static final Path OPTIONS = Path.of("..", "config", "jvm.options");

    private SluiceCommand() {}

    /** The options in {@code config/jvm.options}, in order. */
    static List<String> options() throws IOException {
        return Files.readAllLines(OPTIONS).stream()
                .map(String::strip)
                .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                .flatMap(line -> List.of(line.split("\\s+")).stream())
                .toList();
    }

    /**
     * A command line.
     *
     * @param config what it is to run by
     * @param more options that come after the shipped ones, and so win
     */
    static List<String> run(Path config, String... more) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(options());
        command.addAll(List.of(more));
        command.addAll(List.of("-cp", System.getProperty("java.class.path")));
        command.addAll(List.of(Main.class.getName(), "run", "-c", config.toString()));
        return command;
    }
}
