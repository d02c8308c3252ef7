/**
 * One client's conversation with the servers that it is lent.
 *
 * <p>A {@link PgSession} reads what its client sends, acquires a server connection when a request
 * is whole, and relays. What it sends is noted in the connection's {@link Expected}, the one place
 * that knows which answers are still to come; {@link BackendRelay} reads the server's bytes against
 * it, passes on what belongs to the client and swallows what the proxy asked for itself. A
 * connection goes back when nothing is expected and the server says that it is idle.
 *
 * <p>{@link PgServerConnection} is the server's side: what is applied and prepared on it, how it is
 * cancelled, checked and cleaned. {@link Effects} is what a statement leaves behind in a session.
 */
@NullMarked
package io.sluice.pg.session;

import org.jspecify.annotations.NullMarked;
