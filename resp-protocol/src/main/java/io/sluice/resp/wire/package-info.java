/**
 * Bytes of the Redis protocol (RESP2 and RESP3): where requests and replies begin and end, and how
 * replies of the proxy's own are written. Nothing here knows a session or a command.
 *
 * <p>{@link RequestScanner} finds whole commands in what a client sent, and where their arguments
 * lie; {@link ReplyScanner} finds where replies of a server end, and reads nothing of them but
 * headers. Neither copies, keeps or assembles anything: both remember how far they have come, so
 * that no byte is looked at twice however the bytes are cut. What they cannot read is {@link
 * BrokenProtocol}. {@link RespBytes} writes.
 */
@NullMarked
package io.sluice.resp.wire;

import org.jspecify.annotations.NullMarked;
