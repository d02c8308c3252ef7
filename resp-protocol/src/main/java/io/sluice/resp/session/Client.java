package io.sluice.resp.session;

import io.sluice.resp.command.CommandSpec;
import io.sluice.resp.wire.RespVersion;
import org.jspecify.annotations.Nullable;

/**
 * What a client has said of itself and of how it wants to be answered.
 *
 * <p><b>Threads:</b> confined to its connection's loop.
 */
public final class Client {
    private RespVersion version = RespVersion.RESP2;
    private String name = "";
    private String library = "";
    private String libraryVersion = "";
    private Reply reply = Reply.ON;
    private boolean touchesNothing;
    private @Nullable CommandSpec lastCommand;

    /** CLIENT REPLY. */
    private enum Reply {
        ON,
        OFF,
        /** The next command's is not sent. */
        SKIP_NEXT,
        /** This command's is not sent. */
        SKIP
    }

    public RespVersion version() {
        return version;
    }

    public void setVersion(RespVersion newVersion) {
        version = newVersion;
    }

    /** "" if it has not said. */
    public String name() {
        return name;
    }

    public void setName(String newName) {
        name = newName;
    }

    public String library() {
        return library;
    }

    public void setLibrary(String newLibrary) {
        library = newLibrary;
    }

    public String libraryVersion() {
        return libraryVersion;
    }

    public void setLibraryVersion(String newVersion) {
        libraryVersion = newVersion;
    }

    /** Whether the command that is being dealt with is not to be answered. */
    boolean isSilent() {
        return reply == Reply.OFF || reply == Reply.SKIP;
    }

    /** How many replies of what is sent for that command are not for the client. */
    int silentReplies() {
        return switch (reply) {
            case ON, SKIP_NEXT -> 0;
            case OFF -> Integer.MAX_VALUE;
            case SKIP -> 1;
        };
    }

    /** Whether the next command's reply alone is not to be sent. */
    boolean skipsNext() {
        return reply == Reply.SKIP_NEXT;
    }

    /** All is answered from now on, this command too. */
    void answerAll() {
        reply = Reply.ON;
    }

    /** Nothing is answered any more, this command neither. */
    void answerNothing() {
        reply = Reply.OFF;
    }

    /** The next command is not answered, nor is this one. */
    void skipNext() {
        if (reply != Reply.OFF) {
            reply = Reply.SKIP_NEXT;
        }
    }

    /** Whether it has asked that its reading does not count as use of keys. */
    boolean touchesNothing() {
        return touchesNothing;
    }

    void setTouchesNothing(boolean nothing) {
        touchesNothing = nothing;
    }

    /** The last command that it has named; null if none. */
    @Nullable CommandSpec lastCommand() {
        return lastCommand;
    }

    void onNamed(CommandSpec command) {
        lastCommand = command;
    }

    /** RESET: its library stays what it is. */
    void startOver() {
        version = RespVersion.RESP2;
        name = "";
        reply = Reply.ON;
        touchesNothing = false;
    }

    /** A command begins. */
    void onCommand() {
        if (reply == Reply.SKIP) {
            reply = Reply.ON;
        } else if (reply == Reply.SKIP_NEXT) {
            reply = Reply.SKIP;
        }
    }
}
