package io.sluice.spi;

import java.io.IOException;
import java.io.PrintStream;
import java.util.Map;
import java.util.Objects;

/**
 * Shows the whole with backends that it brings itself. Found by {@code ServiceLoader}; there is
 * none in an installed Sluice.
 */
public interface Demonstration {

    /**
     * Starts, tells on {@code out} how to connect, and returns when it was interrupted and nothing
     * of it is left.
     *
     * @throws IOException if it cannot start; the message says why in one line
     */
    void run(Ports ports, PrintStream out) throws IOException;

    /** The protocols that it speaks, by name, each with the port it usually listens on. */
    Map<String, Integer> usualPorts();

    /**
     * Where to listen on 127.0.0.1; 0: any free port.
     *
     * @param byProtocol for each of {@link #usualPorts}
     */
    record Ports(Map<String, Integer> byProtocol, int http) {
        public Ports {
            byProtocol = Map.copyOf(byProtocol);
        }

        /** Of one of the protocols. */
        public int of(String protocol) {
            return Objects.requireNonNull(byProtocol.get(protocol), protocol);
        }
    }
}
