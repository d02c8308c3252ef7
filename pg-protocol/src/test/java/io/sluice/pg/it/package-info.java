/**
 * PostgreSQL through a running Sluice: real servers, real drivers, raw wire. {@link
 * io.sluice.pg.it.TestProxy} is the Sluice of a test.
 */
@NullMarked
package io.sluice.pg.it;

import org.jspecify.annotations.NullMarked;
