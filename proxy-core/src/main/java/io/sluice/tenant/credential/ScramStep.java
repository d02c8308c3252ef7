package io.sluice.tenant.credential;

/** What follows from a message of a SCRAM exchange. */
public sealed interface ScramStep {
    /** The exchange goes on: send this message to the peer. */
    record Reply(String message) implements ScramStep {
        @Override
        public String toString() {
            return "Reply[" + message.length() + " characters]";
        }
    }

    /** The client is who it says it is: it gets this last message, our proof, and is let in. */
    record Proven(String serverFinal) implements ScramStep {
        @Override
        public String toString() {
            return "Proven";
        }
    }

    /**
     * The exchange has failed and cannot be taken up again.
     *
     * @param reason for the log, never for the peer; without secrets
     */
    record Rejected(String reason) implements ScramStep {}
}
