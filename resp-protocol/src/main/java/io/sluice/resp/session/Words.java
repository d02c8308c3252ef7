package io.sluice.resp.session;

import io.netty.buffer.ByteBuf;
import io.sluice.guard.Outcome;
import io.sluice.guard.Refusal;
import io.sluice.resp.command.CommandErrors;
import io.sluice.session.NotLetIn;
import java.time.Duration;
import java.util.Set;

/**
 * Errors of the proxy's own in Redis' words: each begins with a code that client libraries know.
 * TRYAGAIN says that nothing was done.
 */
public final class Words {
    private static final String UNPROVEN = "NOAUTH Authentication required.";

    /** For HELLO without AUTH of such a client. */
    public static final String HELLO_UNPROVEN =
            "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time";

    /** For a proof that is none. */
    public static final String WRONG_PASSWORD =
            "WRONGPASS invalid username-password pair or user is disabled.";

    /** For a proof that there was no time to look at. */
    public static final String NOT_CHECKED =
            "TRYAGAIN sluice: too many logins are being checked, try again";

    private static final String[] ILL = {
        "-BUSY ",
        "-LOADING ",
        "-MASTERDOWN ",
        "-CLUSTERDOWN ",
        "-OOM ",
        "-READONLY ",
        "-MISCONF ",
        "-NOREPLICAS ",
        "-TRYAGAIN "
    };

    private static final Set<String> POPS =
            Set.of("blpop", "brpop", "blmpop", "bzpopmin", "bzpopmax", "bzmpop");

    private Words() {}

    /** For any command but AUTH, HELLO, RESET and QUIT of a client that has not logged in. */
    public static String unproven(Request command) {
        return command.is(0, "EXEC") ? CommandErrors.abortedBecauseOf(UNPROVEN) : UNPROVEN;
    }

    /** What a client is told of a refusal. */
    public static String of(Refusal refusal) {
        return switch (refusal) {
            case Refusal.WaitTimedOut _,
                    Refusal.QueueFull _,
                    Refusal.TooManyOperations _,
                    Refusal.BackendUnavailable _ ->
                    "TRYAGAIN sluice: " + refusal.message() + ". " + refusal.hint();
            case Refusal.TooManyClients _ ->
                    "ERR max number of clients reached: sluice: " + refusal.message();
            case Refusal.DatabaseDisabled _ ->
                    "ERR sluice: " + refusal.message() + ". " + refusal.hint();
            case Refusal.ShuttingDown _ -> "ERR sluice: shutting down";
        };
    }

    /** For a proof that is not looked at. */
    public static String tooManyFailures(NotLetIn.TooManyFailures why) {
        return "WRONGPASS sluice: too many failed logins from this address, try again in %d s"
                .formatted(why.seconds());
    }

    static String timedOut(Duration limit) {
        return "ERR sluice: timeout after %d ms, outcome unknown".formatted(limit.toMillis());
    }

    static String transactionTimedOut(Duration limit) {
        return "ERR sluice: transaction timeout after %d ms, outcome unknown"
                .formatted(limit.toMillis());
    }

    static String lost(String reason) {
        return "ERR sluice: the server connection was lost, outcome unknown: " + reason;
    }

    /** What an error reply of a server says of how a command ended. */
    static Outcome outcomeOf(ByteBuf bytes, int from, int length) {
        for (String ill : ILL) {
            if (begins(bytes, from, length, ill)) {
                return Outcome.BACKEND_FAULT;
            }
        }
        return Outcome.CLIENT_FAULT;
    }

    /** Whether a reply has what a blocking command has taken out of a key, and put nowhere else. */
    static boolean isPop(RespOperation operation, ByteBuf bytes, int from) {
        return POPS.contains(operation.command())
                && bytes.getByte(from) == '*'
                && bytes.getByte(from + 1) != '-';
    }

    /** Whether a server that answers so is alive, and will answer other questions later. */
    static boolean saysBusy(ByteBuf answer) {
        int from = answer.readerIndex();
        int length = answer.readableBytes();
        return begins(answer, from, length, "-BUSY ") || begins(answer, from, length, "-LOADING ");
    }

    /** As for an answer, of an error's code alone. */
    static boolean saysBusy(String code) {
        return code.equals("BUSY") || code.equals("LOADING");
    }

    private static boolean begins(ByteBuf bytes, int from, int length, String word) {
        if (length < word.length()) {
            return false;
        }
        for (int i = 0; i < word.length(); i++) {
            if (bytes.getByte(from + i) != word.charAt(i)) {
                return false;
            }
        }
        return true;
    }
}
