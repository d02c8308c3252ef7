package io.sluice.spi;

import java.io.IOException;
import java.io.PrintStream;

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

    /** Where to listen on 127.0.0.1; 0: any free port. */
    record Ports(int postgres, int http) {}
}
