/**
 * What is common to every client session, whatever it speaks.
 *
 * <p>A {@link ClientSession} is one client's conversation from login to close, and the handler of
 * its own channel. It keeps its unanswered operations in an {@link OperationRing}. {@link Sessions}
 * are all of one loop; {@link Admission} counts them against every limit; {@link BackPressure}
 * stops the reading of one side while the other cannot keep up.
 */
@NullMarked
package io.sluice.session;

import org.jspecify.annotations.NullMarked;
