package io.sluice.pool;

import io.sluice.tenant.Destination;

/**
 * What makes server connections interchangeable.
 *
 * @param database by the name clients use
 * @param user by the name clients use
 * @param variant what else a protocol tells connections apart by; "" if nothing
 * @param lane what its connections are used for
 * @param stripe which part of a home too hot for one loop; 0 in this version
 */
public record PoolKey(
        String protocol,
        String tenant,
        String backend,
        String database,
        String user,
        String variant,
        Lane lane,
        int stripe) {

    /** Of connections that sessions lease. */
    public PoolKey(
            String protocol,
            String tenant,
            String backend,
            String database,
            String user,
            String variant,
            int stripe) {
        this(protocol, tenant, backend, database, user, variant, Lane.LEASE, stripe);
    }

    /** The same in another lane. */
    public PoolKey in(Lane other) {
        return new PoolKey(protocol, tenant, backend, database, user, variant, other, stripe);
    }

    /** The key of the connections that lead to a destination from the first stripe of its home. */
    public static PoolKey of(Destination destination, String variant) {
        return new PoolKey(
                destination.protocol(),
                destination.tenant().name(),
                destination.service().backend().name(),
                destination.database().name(),
                destination.user().name(),
                variant,
                0);
    }

    /** How people see it in messages. */
    @Override
    public String toString() {
        return tenant
                + "/"
                + database
                + "/"
                + user
                + (variant.isEmpty() ? "" : "/" + variant)
                + (lane == Lane.LEASE ? "" : "/" + lane.word());
    }
}
