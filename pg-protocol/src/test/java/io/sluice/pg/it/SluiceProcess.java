package io.sluice.pg.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A Sluice in a process of its own, as {@code bin/sluice run -c FILE} starts it. */
final class SluiceProcess implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Pattern LISTENER =
            Pattern.compile("listener=127\\.0\\.0\\.1:(\\d+) protocol=postgres");

    private final Process process;
    private final List<String> log = new CopyOnWriteArrayList<>();

    private SluiceProcess(Process process) {
        this.process = process;
        Thread.ofVirtual().name("sluice-log").start(this::read);
    }

    /** Starts one; what it says is there as it comes. */
    static SluiceProcess start(Path config, Map<String, String> env) throws IOException {
        // A JVM takes no signal that its parent ignores, as under nohup.
        List<String> command = new ArrayList<>(List.of("env", "--default-signal=HUP,INT"));
        command.addAll(
                SluiceCommand.run(
                        config,
                        "-XX:TieredStopAtLevel=1", // it does not run for long
                        "-Dlog4j2.configurationFile="
                                + Path.of("..", "config", "log4j2.xml").toAbsolutePath()));
        var builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().remove("JOURNAL_STREAM");
        builder.environment().putAll(env);
        return new SluiceProcess(builder.start());
    }

    /** Waits until it has logged so many lines that contain {@code text}. */
    void awaitLog(String text, int times) {
        await().atMost(PATIENCE)
                .untilAsserted(() ->
                        assertThat(log)
                                .filteredOn(line -> line.contains(text))
                                .hasSizeGreaterThanOrEqualTo(times));
    }

    void awaitLog(String text) {
        awaitLog(text, 1);
    }

    List<String> log() {
        return List.copyOf(log);
    }

    /** Waits until it accepts clients; returns the port. */
    int awaitPort() {
        awaitLog("started version=");
        return log.stream()
                .map(LISTENER::matcher)
                .filter(Matcher::find)
                .map(found -> Integer.parseInt(found.group(1)))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no port in " + log));
    }

    /** Sends the signal of that name, such as {@code HUP}. */
    void signal(String name) throws IOException, InterruptedException {
        Process kill =
                new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid())).start();
        assertThat(kill.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(kill.exitValue()).isZero();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Its exit code; waits for its end. */
    int awaitExit() throws InterruptedException {
        assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                .as("ends; it said %s", log)
                .isTrue();
        return process.exitValue();
    }

    private void read() {
        try (BufferedReader lines = process.inputReader()) {
            lines.lines().forEach(log::add);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }
}
