package io.sluice.app;

import io.sluice.config.ConsoleConfig.Role;
import io.sluice.console.Operator;
import io.sluice.spi.Lifecycle.Shutdown;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Proxy;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * What the process does on signals: HUP reloads, TERM drains, INT waits for servers, USR1 pauses,
 * USR2 resumes. A second TERM or INT ends at once. QUIT belongs to the JVM, which prints its
 * threads.
 */
public final class Signals {
    private static final Logger LOG = LogManager.getLogger(Signals.class);

    private Signals() {}

    static void steer(Sluice sluice, ServiceManager serviceManager) {
        on(
                "HUP",
                () -> {
                    if (sluice.isDraining()) {
                        sluice.reload(); // is refused; the service manager has heard of the end
                        return;
                    }
                    serviceManager.reloading();
                    sluice.reload().whenComplete((_, _) -> serviceManager.reloaded());
                });
        on(
                "TERM",
                () -> {
                    serviceManager.stopping();
                    sluice.shutdown(Shutdown.DRAIN);
                });
        on(
                "INT",
                () -> {
                    serviceManager.stopping();
                    sluice.shutdown(Shutdown.WAIT_FOR_SERVERS);
                });
        on("USR1", () -> order(sluice, "USR1", "PAUSE"));
        on("USR2", () -> order(sluice, "USR2", "RESUME"));
    }

    private static void order(Sluice sluice, String signal, String command) {
        sluice.console().execute(new Operator("signal", Role.ADMIN, "SIG" + signal), command);
    }

    /** Runs {@code action} when the process is asked to end, instead of ending it. */
    public static void onInterrupt(Runnable action) {
        on("INT", action);
        on("TERM", action);
        on("HUP", action);
    }

    /**
     * Runs {@code action} whenever the signal arrives. By name, because javac warns of {@code
     * sun.misc.Signal}, the only way there is, in a manner that cannot be suppressed.
     */
    private static void on(String name, Runnable action) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object onSignal =
                    Proxy.newProxyInstance(
                            Signals.class.getClassLoader(),
                            new Class<?>[] {handler},
                            (_, method, arguments) -> {
                                LOG.info("signal={}", name);
                                action.run();
                                return null;
                            });
            MethodHandles.publicLookup()
                    .findStatic(signal, "handle", MethodType.methodType(handler, signal, handler))
                    .invoke(signal.getConstructor(String.class).newInstance(name), onSignal);
        } catch (Throwable e) {
            LOG.warn("signal {} cannot be taken: {}", name, e.toString());
        }
    }
}
