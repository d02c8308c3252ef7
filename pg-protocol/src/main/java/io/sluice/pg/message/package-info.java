/**
 * The PostgreSQL wire protocol, as far as a pooler must understand it (PostgreSQL documentation,
 * chapter "Frontend/Backend Protocol").
 *
 * <p>A message is a type byte, a length that counts itself, and a body. Most messages are relayed
 * as the bytes they came in; what steers pooling is read in place. {@link Frontend} and {@link
 * Backend} name the type bytes, {@link Messages} writes the few messages that the proxy sends of
 * its own accord, {@link ErrorResponse} is the one that it words. Nothing here knows sockets, pools
 * or tenants.
 */
@NullMarked
package io.sluice.pg.message;

import org.jspecify.annotations.NullMarked;
