package io.sluice.metrics;

import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.LongSupplier;
import java.util.function.ObjLongConsumer;

/**
 * What clients leave unread, by protocol.
 *
 * <p><b>Threads:</b> any.
 */
public final class UnreadBook {
    private final Map<String, LongSupplier> bytes = new ConcurrentSkipListMap<>();

    /**
     * Makes known where a protocol keeps that, once, when it begins to serve.
     *
     * @param ofAll bytes of memory, of all its clients together; asked on any thread
     */
    public void know(String protocol, LongSupplier ofAll) {
        bytes.put(protocol, ofAll);
    }

    /** Every protocol that has made it known, with the bytes at present. */
    public void forEach(ObjLongConsumer<String> visitor) {
        bytes.forEach((protocol, ofAll) -> visitor.accept(protocol, ofAll.getAsLong()));
    }
}
