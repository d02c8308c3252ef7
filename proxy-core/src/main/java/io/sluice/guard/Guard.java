package io.sluice.guard;

import org.jspecify.annotations.Nullable;

/**
 * One rule that every operation of a tenant's home must pass. One instance a home; confined to its
 * loop; takes microseconds and never blocks.
 */
public interface Guard {

    /** Null lets the operation pass; then {@link #settled} follows exactly once. */
    @Nullable Refusal check(Operation operation);

    /** The operation that was let pass is over. */
    void settled(Operation operation, Outcome outcome);
}
