package io.sluice.resp.command;

/** What a server answered to COMMAND is not an answer to COMMAND. */
public final class MalformedCommands extends RuntimeException {
    private static final long serialVersionUID = 1L;

    MalformedCommands(String complaint) {
        super("the server's reply to COMMAND " + complaint);
    }
}
