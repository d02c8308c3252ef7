package io.sluice.testbed;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
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
 * One run of a PostgreSQL server: from its start until the last of its processes has ended.
 *
 * <p><b>Threads:</b> a daemon thread reads the server's log and ends with it; all else is called by
 * the owner.
 */
final class PostgresProcess {

    private static final String READY = "database system is ready to accept connections";
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int REMEMBERED_LINES = 500;
    private static final int SHARED_MEMORY_LINE = 6; // of postmaster.pid, as in its miscadmin.h

    private final Process postmaster;
    private final Path data;
    private final CompletableFuture<Boolean> ready = new CompletableFuture<>();
    private final ArrayDeque<String> log = new ArrayDeque<>();

    private PostgresProcess(Process postmaster, Path data) {
        this.postmaster = postmaster;
        this.data = data;
    }

    /**
     * Starts a server on the data folder and returns when it accepts connections.
     *
     * @throws IllegalStateException if it ends instead; the message has what it logged
     */
    static PostgresProcess start(PostgresPrograms programs, Path data) {
        var command =
                Unprivileged.here()
                        .command(List.of(programs.program("postgres"), "-D", data.toString()));
        try {
            Process process =
                    new ProcessBuilder(command)
                            .directory(data.toFile())
                            .redirectErrorStream(true)
                            .start();
            process.getOutputStream().close();
            var started = new PostgresProcess(process, data);
            Thread.ofPlatform().daemon().name("postgres-log").start(started::readLog);
            started.awaitReady();
            return started;
        } catch (IOException e) {
            throw new UncheckedIOException("starting " + command, e);
        }
    }

    long pid() {
        return postmaster.pid();
    }

    boolean isAlive() {
        return postmaster.isAlive();
    }

    /** The last lines that the server logged, oldest first. */
    List<String> log() {
        synchronized (log) {
            return List.copyOf(log);
        }
    }

    /** Sends the signal of that name ({@code INT}, {@code QUIT}, …) to the postmaster. */
    void signal(String name) {
        SystemCommands.signal(name, List.of(postmaster.pid()));
    }

    /** Sends the signal of that name to the postmaster and all its children. */
    void signalAll(String name) {
        SystemCommands.signal(name, pids());
    }

    /** Waits until the server has ended by itself or by what it was sent. */
    void awaitEnd() {
        try {
            if (!postmaster.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
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
        family.add(postmaster.toHandle()); // first, or it would replace the children
        family.addAll(postmaster.descendants().toList());
        family.forEach(ProcessHandle::destroyForcibly);
        family.forEach(member -> member.onExit().join());
    }

    /**
     * Ends the server that runs on a data folder whose owner is gone, if there is one, and removes
     * its shared memory.
     */
    static void endAbandoned(Path data) throws IOException {
        Path pidFile = data.resolve("postmaster.pid");
        if (!Files.exists(pidFile)) {
            return;
        }
        long pid = Long.parseLong(Files.readAllLines(pidFile).getFirst().trim());
        Optional<ProcessHandle> server =
                ProcessHandle.of(pid)
                        .filter(handle ->
                                handle.info().commandLine().orElse("").contains(data.toString()));
        if (server.isPresent()) {
            SystemCommands.signal("CONT", List.of(pid));
            SystemCommands.signal("QUIT", List.of(pid));
            server.get().onExit().orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
        }
        removeSharedMemory(data);
    }

    /** Removes the shared memory that a killed server could not remove itself. */
    static void removeSharedMemory(Path data) throws IOException {
        Path pidFile = data.resolve("postmaster.pid");
        if (!Files.exists(pidFile)) {
            return;
        }
        List<String> lines = Files.readAllLines(pidFile);
        if (lines.size() > SHARED_MEMORY_LINE) {
            String keyAndId = lines.get(SHARED_MEMORY_LINE).trim();
            SystemCommands.run("ipcrm", "-m", keyAndId.substring(keyAndId.lastIndexOf(' ') + 1));
        }
    }

    private List<Long> pids() {
        var pids = new ArrayList<Long>();
        pids.add(postmaster.pid());
        postmaster.descendants().forEach(child -> pids.add(child.pid()));
        return pids;
    }

    private void readLog() {
        try (BufferedReader lines = postmaster.inputReader()) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                remember(line);
                if (line.contains(READY)) {
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
        return "PostgreSQL did not start on %s:%n%s"
                .formatted(data, String.join(System.lineSeparator(), log()));
    }
}
