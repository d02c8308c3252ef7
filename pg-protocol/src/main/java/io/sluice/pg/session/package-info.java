/**
 * One client's conversation with the servers that it is lent.
 *
 * <p>A {@link PgSession} reads what its client sends, acquires a server connection when a request
 * is whole, and relays. What it sends is noted in the connection's {@link Expected}, the one place
 * that knows which answers are still to come; {@link BackendRelay} reads the server's bytes against
 * it, passes on what belongs to the client and swallows what the proxy asked for itself. A
 * connection goes back when nothing is expected and the server says that it is idle.
 *
 * <p>Parts of the session: {@link FrontendRelay} reads its client, {@link Requests} has what is not
 * answered yet, {@link Answers} what the client is sent, {@link SessionState} what statements leave
 * behind on a server ({@link io.sluice.pg.statement.Effects}), {@link ExtendedProtocol} what is
 * prepared, {@link Deadlines} how long anything may take, {@link Ending} why it ends.
 *
 * <p>{@link PgServerConnection} is the server's side. Parts of it: {@link AnswerTable} is what the
 * server may send, {@link Consequences} what follows from it, {@link Fitting} has the connection
 * take a session's settings, {@link CopyIn}, {@link ReadingDoubt} and {@link TypeComparison} are
 * what must be known before more is sent, {@link Cancelling} and {@link Cleaning} get rid of what a
 * client has left.
 */
@NullMarked
package io.sluice.pg.session;

import org.jspecify.annotations.NullMarked;
