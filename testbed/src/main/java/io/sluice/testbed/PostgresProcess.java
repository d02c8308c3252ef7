package io.sluice.testbed;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** How a PostgreSQL server is started, and what a killed one leaves to be cleared. */
final class PostgresProcess {

    private static final String READY = "database system is ready to accept connections";
    private static final int SHARED_MEMORY_LINE = 6; // of postmaster.pid, as in its miscadmin.h

    private PostgresProcess() {}

    /**
     * Starts a server on the data folder and returns when it accepts connections.
     *
     * @throws IllegalStateException if it ends instead; the message has what it logged
     */
    static ServerProcess start(PostgresPrograms programs, Path data) {
        List<String> command =
                Unprivileged.here()
                        .command(List.of(programs.program("postgres"), "-D", data.toString()));
        return ServerProcess.start("PostgreSQL", command, data, READY);
    }

    /**
     * Ends the server that runs on a data folder whose owner is gone, if there is one, and removes
     * its shared memory.
     */
    static void endAbandoned(Path data) throws IOException {
        Path pidFile = data.resolve("postmaster.pid");
        if (Files.exists(pidFile)) {
            long pid = Long.parseLong(Files.readAllLines(pidFile).getFirst().trim());
            ServerProcess.endAbandoned(pid, data, "CONT", "QUIT");
            removeSharedMemory(data);
        }
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
}
