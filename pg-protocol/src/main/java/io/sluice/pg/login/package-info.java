/**
 * How a PostgreSQL client gets in.
 *
 * <p>{@link ClientStartup} reads the first packets of a connection: TLS, a cancel request, or a
 * {@link StartupPacket}. {@link Addressee} finds out for which tenant, database and user it is;
 * then the client proves who it is ({@link Proof}), and {@link PostgresServer} has its channel
 * brought home, where a {@code PgSession} begins. {@link CancelKeys} know every session that can be
 * cancelled. What is the same for every protocol is in {@code io.sluice.session}.
 */
@NullMarked
package io.sluice.pg.login;

import org.jspecify.annotations.NullMarked;
