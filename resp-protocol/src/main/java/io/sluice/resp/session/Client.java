package io.sluice.resp.session;

import io.sluice.resp.wire.RespVersion;

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

    /** CLIENT REPLY. */
    public enum Reply {
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

    void setReply(Reply newReply) {
        reply = newReply;
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
