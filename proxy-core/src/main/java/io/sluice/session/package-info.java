/**
 * What is common to every client session, whatever it speaks.
 *
 * <p>An {@link Arrival} is the first words with a client. Once that has proved who it is, its
 * {@link Entrance} counts it in, and a {@link HomeComing} brings its channel to the loop where its
 * session lives. A {@link ClientSession} is one client's conversation from login to close, and the
 * handler of its own channel. It keeps its unanswered operations in an {@link OperationRing}.
 * {@link Sessions} are all of one loop; {@link Admission} counts them against every limit; {@link
 * BackPressure} stops the reading of one side while the other cannot keep up.
 */
@NullMarked
package io.sluice.session;

import org.jspecify.annotations.NullMarked;
