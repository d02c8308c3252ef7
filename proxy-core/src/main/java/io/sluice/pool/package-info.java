/**
 * Server connections and who may use them.
 *
 * <p>A {@link Pool} keeps the connections of one (tenant, backend, database, user) on one loop. A
 * session acquires a {@link Lease}, uses its connection alone, and gives it back; whoever finds
 * none free waits in the {@link WaitQueue}, and a connection that comes back goes straight to the
 * first of them. Whether one more connection may be opened is asked of the {@link Ledger}, which
 * knows the caps that hold across pools.
 *
 * <p>{@link ProtocolPool} and {@link ChannelConnection} are what a protocol extends: they know how
 * to log in (a {@link Startup}), to prove that a server is alive and to become clean again. {@link
 * Pools} are all pools of a loop; {@link Switches} are what an operator switched off.
 */
@NullMarked
package io.sluice.pool;

import org.jspecify.annotations.NullMarked;
