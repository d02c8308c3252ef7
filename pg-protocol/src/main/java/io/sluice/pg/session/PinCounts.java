package io.sluice.pg.session;

import io.sluice.pg.sql.PinReason;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** How often sessions were pinned, by reason, since the process began. Any thread. */
public final class PinCounts {
    private final Map<PinReason, LongAdder> counts = new EnumMap<>(PinReason.class);

    public PinCounts() {
        for (PinReason reason : PinReason.values()) {
            counts.put(reason, new LongAdder());
        }
    }

    void count(PinReason reason) {
        LongAdder adder = counts.get(reason);
        if (adder != null) {
            adder.increment();
        }
    }

    public long of(PinReason reason) {
        LongAdder adder = counts.get(reason);
        return adder == null ? 0 : adder.sum();
    }
}
