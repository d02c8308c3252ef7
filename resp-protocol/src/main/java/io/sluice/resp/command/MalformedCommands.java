package io.sluice.resp.command;

/** What a server answered to COMMAND, or to HELLO, is not an answer to that. */
public final class MalformedCommands extends RuntimeException {
    private static final long serialVersionUID = 1L;

    MalformedCommands(String complaint) {
        super("the server's reply " + complaint);
    }
}
