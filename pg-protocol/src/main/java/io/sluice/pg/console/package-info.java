/**
 * The admin console on PostgreSQL's wire.
 *
 * <p>A {@link ConsoleSession} takes the place of a client session after a login to the database
 * {@code sluice} (or {@code pgbouncer}). It speaks the simple and the extended protocol, so that
 * psql and drivers with their default settings work, and hands every command text to the {@link
 * io.sluice.console.Console}. No pool and no server is involved.
 */
@NullMarked
package io.sluice.pg.console;

import org.jspecify.annotations.NullMarked;
