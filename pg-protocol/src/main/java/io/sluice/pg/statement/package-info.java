/**
 * Prepared statements of the protocol, which belong to clients although servers hold them.
 *
 * <p>A {@link PreparedStatement} is one text with its parameter types, known to a pool under a
 * server name of the proxy's own; clients' names map to it in {@link ClientStatements}. {@link
 * ServerStatements} is what one server connection has prepared, and which of it may go.
 */
@NullMarked
package io.sluice.pg.statement;

import org.jspecify.annotations.NullMarked;
