/**
 * What a protocol supplies, and what it is given. {@link Protocol} is found by {@code
 * ServiceLoader}; core knows none by name.
 */
@NullMarked
package io.sluice.spi;

import org.jspecify.annotations.NullMarked;
