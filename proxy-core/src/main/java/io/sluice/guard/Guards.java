package io.sluice.guard;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The guards of one tenant on one loop, in the order in which they are asked.
 *
 * <p><b>Threads:</b> confined to the loop.
 */
public final class Guards {
    private final Guard[] guards;

    public Guards(List<Guard> guards) {
        this.guards = guards.toArray(Guard[]::new);
    }

    /** Asks every guard; when one refuses, those before it are told that the operation is over. */
    public @Nullable Refusal check(Operation operation) {
        for (int i = 0; i < guards.length; i++) {
            Refusal refusal = guards[i].check(operation);
            if (refusal != null) {
                while (--i >= 0) {
                    guards[i].settled(operation, Outcome.REFUSED);
                }
                return refusal;
            }
        }
        operation.setGuarded(true);
        return null;
    }

    /** Tells every guard that an operation is over; does nothing for one they did not let pass. */
    public void settled(Operation operation, Outcome outcome) {
        if (operation.guarded()) {
            operation.setGuarded(false);
            for (Guard guard : guards) {
                guard.settled(operation, outcome);
            }
        }
    }
}
