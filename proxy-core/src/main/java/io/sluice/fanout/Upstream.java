package io.sluice.fanout;

/** Where a hub gets its link from; supplied by the protocol. */
@FunctionalInterface
public interface Upstream {
    /**
     * Begins to open a link. Ends in exactly one call of {@link Hub#onOpened} or {@link
     * Hub#onUnavailable}, on the hub's loop, perhaps from within this; it must end in time by
     * itself.
     */
    void open(Hub hub);
}
