/**
 * Verdicts on operations before anything of them reaches a server.
 *
 * <p>A {@link Guard} looks at an {@link Operation} and lets it pass or says why not, as a {@link
 * Refusal}; each protocol words refusals in its own dialect. Every operation that passed settles
 * exactly once, with an {@link Outcome}.
 */
@NullMarked
package io.sluice.guard;

import org.jspecify.annotations.NullMarked;
