/**
 * Bytes of the Redis protocol (RESP2 and RESP3): where requests and replies begin and end, and how
 * replies of the proxy's own are written. Nothing here knows a session or a command.
 */
@NullMarked
package io.sluice.resp.wire;

import org.jspecify.annotations.NullMarked;
