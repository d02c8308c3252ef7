/**
 * How a PostgreSQL client gets in.
 *
 * <p>{@link ClientStartup} reads the first packets of a connection: TLS, a cancel request, or a
 * {@link StartupPacket}. {@link Addressee} finds out for which tenant, database and user it is;
 * then the client proves who it is, and its channel moves home, where a {@code PgSession} begins.
 * {@link CancelKeys} know every session that can be cancelled.
 */
@NullMarked
package io.sluice.pg.login;

import org.jspecify.annotations.NullMarked;
