package io.sluice.testbed;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * One run of a server, of whatever kind: from its start until the last of its processes has ended.
 *
 * <p><b>Threads:</b> a daemon thread reads the server's log and ends with it; all else is called by
 * the owner.
 */
final class ServerProcess {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int REMEMBERED_LINES = 500;

    private final String name;
    private final Process process;
    private final Path folder;
    private final String readyWords;
    private final CompletableFuture<Boolean> ready = new CompletableFuture<>();
    private final ArrayDeque<String> log = new ArrayDeque<>();

    private ServerProcess(String name, Process process, Path folder, String readyWords) {
        this.name = name;
        this.process = process;
        this.folder = folder;
        this.readyWords = readyWords;
    }

    /**
     * Starts a server and returns when it accepts connections.
     *
     * @param name what it is, for people
     * @param command the program and its arguments; it is run in {@code folder}
     * @param readyWords what it logs, to its standard output or error, once it accepts connections
     * @throws IllegalStateException if it ends instead; the message has what it logged
     */
    static ServerProcess start(String name, List<String> command, Path folder, String readyWords) {
        try {
            Process process =
                    new ProcessBuilder(command)
                            .directory(folder.toFile())
                            .redirectErrorStream(true)
                            .start();
            process.getOutputStream().close();
            var started = new ServerProcess(name, process, folder, readyWords);
            Thread.ofPlatform().daemon().name(name + "-log").start(started::readLog);
            started.awaitReady();
            return started;
        } catch (IOException e) {
            throw new UncheckedIOException("starting " + command, e);
        }
    }

    long pid() {
        return process.pid();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** The last lines that the server logged, oldest first. */
    List<String> log() {
        synchronized (log) {
            return List.copyOf(log);
        }
    }

    /**
     * Sends the signal of that name ({@code INT}, {@code QUIT}, …) to the process that was started.
     */
    void signal(String name) {
        SystemCommands.signal(name, List.of(process.pid()));
    }

    /** Sends the signal of that name to the process that was started and all its children. */
    void signalAll(String name) {
        SystemCommands.signal(name, pids());
    }

    /** Waits until the server has ended by itself or by what it was sent. */
    void awaitEnd() {
        try {
            if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                kill();
            }
        } catch (InterruptedException e) {
            kill();
            Thread.currentThread().interrupt();
        }
    }

    /** Ends all its processes as a power failure would, and waits until they are gone. */
    void kill() {
        List<ProcessHandle> family = new ArrayList<>();
        family.add(process.toHandle()); // first, or it would replace the children
        family.addAll(process.descendants().toList());
        family.forEach(ProcessHandle::destroyForcibly);
        family.forEach(member -> member.onExit().join());
    }

    /**
     * Ends the process of that id with the given signals, one after the other, if it was started
     * with {@code folder} in its command, and waits until it is gone: what its owner, who is gone,
     * could not do.
     */
    static void endAbandoned(long pid, Path folder, String... signals) {
        Optional<ProcessHandle> server =
                ProcessHandle.of(pid)
                        .filter(handle ->
                                handle.info().commandLine().orElse("").contains(folder.toString()));
        if (server.isPresent()) {
            for (String signal : signals) {
                SystemCommands.signal(signal, List.of(pid));
            }
            server.get().onExit().orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
        }
    }

    private List<Long> pids() {
        var pids = new ArrayList<Long>();
        pids.add(process.pid());
        process.descendants().forEach(child -> pids.add(child.pid()));
        return pids;
    }

    private void readLog() {
        try (BufferedReader lines = process.inputReader()) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                remember(line);
                if (line.contains(readyWords)) {
                    ready.complete(true);
                }
            }
            ready.complete(false);
        } catch (IOException e) {
            ready.completeExceptionally(e);
        }
    }

    private void remember(String line) {
        synchronized (log) {
            if (log.size() == REMEMBERED_LINES) {
                log.removeFirst();
            }
            log.addLast(line);
        }
    }

    private void awaitReady() {
        try {
            if (ready.get(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            kill();
            throw new IllegalStateException(complaint(), e);
        }
        kill();
        throw new IllegalStateException(complaint());
    }

    private String complaint() {
        return "%s did not start on %s:%n%s"
                .formatted(name, folder, String.join(System.lineSeparator(), log()));
    }
}
