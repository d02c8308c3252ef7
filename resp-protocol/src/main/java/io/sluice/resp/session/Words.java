package io.sluice.resp.session;

import io.netty.buffer.ByteBuf;
import io.sluice.guard.Outcome;
import io.sluice.guard.Refusal;
import java.time.Duration;

/**
 * Errors of the proxy's own in Redis' words: each begins with a code that client libraries know.
 * TRYAGAIN says that nothing was done.
 */
public final class Words {
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

    private Words() {}

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

    static String timedOut(Duration limit) {
        return "ERR sluice: timeout after %d ms, outcome unknown".formatted(limit.toMillis());
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

    /** Whether a server that answers so is alive, and will answer other questions later. */
    static boolean saysBusy(ByteBuf answer) {
        int from = answer.readerIndex();
        int length = answer.readableBytes();
        return begins(answer, from, length, "-BUSY ") || begins(answer, from, length, "-LOADING ");
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
