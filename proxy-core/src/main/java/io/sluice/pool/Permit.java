package io.sluice.pool;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The right to one open server connection, drawn on every account that it counts for; until it is
 * granted a request for it.
 *
 * <p><b>Threads:</b> what changes is confined to the ledger's loop, but for {@link #beneficiary}.
 */
public final class Permit {
    /** How long the first givers are waited for: most transactions are over by then. */
    private static final long PATIENCE_NANOS = 1_000_000_000L;

    private final Pool pool;
    private final List<Account> accounts;
    private final Set<Holding> letOff = new HashSet<>(0);
    private long number;
    private @Nullable Account blockedBy;
    private @Nullable Holding asked;
    private long askedAt;
    private long patience = PATIENCE_NANOS;
    private @Nullable Permit beneficiary;

    Permit(Pool pool, List<Account> accounts) {
        this.pool = pool;
        this.accounts = accounts;
    }

    Pool pool() {
        return pool;
    }

    List<Account> accounts() {
        return accounts;
    }

    /** Its place among all requests: the lower, the longer it waits. */
    long number() {
        return number;
    }

    void setNumber(long place) {
        number = place;
    }

    /** The full account for whose sake it waits; null if it does not wait. */
    @Nullable Account blockedBy() {
        return blockedBy;
    }

    void setBlockedBy(@Nullable Account full) {
        blockedBy = full;
    }

    /** Which pool is to give up a connection for it; null: none at present. */
    @Nullable Holding asked() {
        return asked;
    }

    void setAsked(@Nullable Holding giver) {
        asked = giver;
    }

    void setAskedAt(long now) {
        askedAt = now;
    }

    /** Whether who was asked should have given by now. */
    boolean isOverdue(long now) {
        return now - askedAt > patience;
    }

    /** Each giver is waited for longer, so that in the end it is longer than its leases last. */
    void doublePatience() {
        patience *= 2;
    }

    /** {@code giver} was asked and did not give in time. */
    void letOff(Holding giver) {
        letOff.add(giver);
    }

    boolean isLetOff(Holding giver) {
        return letOff.contains(giver);
    }

    void forgetLetOff() {
        letOff.clear();
    }

    /** The request for whose sake the connection is closed; null if it is for another reason. */
    @Nullable Permit beneficiary() {
        return beneficiary;
    }

    /** Called by its pool, on that one's loop, before the connection is closed. */
    void giveUpFor(Permit request) {
        beneficiary = request;
    }
}
