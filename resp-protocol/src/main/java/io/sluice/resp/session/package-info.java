/** A client's conversation and the server connections that it runs on: shared, leased, blocking. */
@NullMarked
package io.sluice.resp.session;

import org.jspecify.annotations.NullMarked;
