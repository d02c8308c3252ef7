package io.sluice.metrics;

import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.ObjLongConsumer;

/**
 * How often sessions were pinned to their server connection since the process began, by reason.
 *
 * <p><b>Threads:</b> any.
 */
public final class PinCounts {
    private final Map<Reason, LongAdder> counts = new ConcurrentSkipListMap<>();

    /**
     * Why.
     *
     * @param word the protocol's, stable: a metric's label
     */
    public record Reason(String protocol, String word) implements Comparable<Reason> {
        @Override
        public int compareTo(Reason other) {
            int byProtocol = protocol.compareTo(other.protocol);
            return byProtocol != 0 ? byProtocol : word.compareTo(other.word);
        }
    }

    /** Makes a reason known, so that it is shown although nobody was pinned by it yet. */
    public void know(Reason reason) {
        counts.computeIfAbsent(reason, _ -> new LongAdder());
    }

    /** Counts one session that is pinned, or pinned for one more reason. */
    public void count(Reason reason) {
        counts.computeIfAbsent(reason, _ -> new LongAdder()).increment();
    }

    /** Every known reason with its count so far, in the order of protocols and words. */
    public void forEach(ObjLongConsumer<Reason> visitor) {
        counts.forEach((reason, count) -> visitor.accept(reason, count.sum()));
    }
}
