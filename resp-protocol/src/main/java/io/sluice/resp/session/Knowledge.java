package io.sluice.resp.session;

import io.netty.buffer.ByteBuf;
import io.sluice.net.Loop;
import io.sluice.resp.command.BackendCommands;
import io.sluice.resp.command.CommandTable;
import io.sluice.resp.command.MalformedCommands;
import java.time.Duration;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a backend: its version, and its commands. Asked with the first connection, with
 * the next one when the version has changed, and when a client uses what is not known, but for
 * those no more than once a minute.
 *
 * <p><b>Threads:</b> confined to one loop.
 */
public final class Knowledge {
    private static final Logger LOG = LogManager.getLogger(Knowledge.class);

    /** Shortest time between two questions for a command that is not known. */
    private static final long AGAIN_NANOS = Duration.ofMinutes(1).toNanos();

    private final Loop loop;
    private final String backend;
    private final CommandTable table;
    private @Nullable BackendCommands commands;
    private final BackendCommands assumed;
    private String version = "";
    private Modules modules = Modules.NONE;
    private long askedAt;
    private boolean doubted;

    Knowledge(Loop loop, String backend, CommandTable table) {
        this.loop = loop;
        this.backend = backend;
        this.table = table;
        this.assumed = BackendCommands.assumed(table);
    }

    /** What its server has, as far as is known. */
    BackendCommands commands() {
        BackendCommands known = commands;
        return known == null ? assumed : known;
    }

    /** Whether a server was asked, and could be understood. */
    boolean isCertain() {
        return commands != null;
    }

    /** Of the server that was connected to last; "" while none was. */
    String version() {
        return version;
    }

    /** That server's. */
    Modules modules() {
        return modules;
    }

    /** Whether the next connection is to ask for the commands. */
    boolean isDue() {
        return commands == null || doubted;
    }

    /** A connection is open. */
    void onGreeted(Greeting greeting) {
        modules = greeting.modules();
        String newVersion = greeting.version();
        if (!newVersion.equals(version)) {
            doubted |= !version.isEmpty();
            version = newVersion;
        }
    }

    /** Whether a command that is not known is worth asking again: the server may have it by now. */
    boolean isOld() {
        return loop.now() - askedAt >= AGAIN_NANOS;
    }

    /** The server is being asked. */
    void onAsked() {
        askedAt = loop.now();
    }

    /** The user may not ask. */
    void onNotTold() {
        askedAt = loop.now();
        doubted = false;
        commands = commands();
    }

    /**
     * @param reply borrowed
     */
    void onCommands(ByteBuf reply) {
        askedAt = loop.now();
        doubted = false;
        try {
            BackendCommands read = BackendCommands.read(reply, table);
            for (BackendCommands.Disagreement each : read.disagreements()) {
                LOG.warn(
                        "backend={} key positions of {} are not those that Sluice knows ({}): refused with isolation = prefix",
                        backend,
                        each.spec().name(),
                        each.difference());
            }
            commands = read;
        } catch (MalformedCommands e) {
            commands = assumed;
            LOG.warn(
                    "backend={} its answer to COMMAND cannot be read: {}", backend, e.getMessage());
        }
    }
}
