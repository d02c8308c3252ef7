/** Sluice: a wire-protocol proxy in front of PostgreSQL, MongoDB and Redis. */
@NullMarked
package io.sluice;

import org.jspecify.annotations.NullMarked;
