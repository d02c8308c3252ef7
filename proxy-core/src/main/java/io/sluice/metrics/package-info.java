/**
 * Counters and where their names live.
 *
 * <p>{@link Stats} are counters that one loop writes and anybody reads; {@link Latencies} are the
 * same for durations. They are kept by database and outlive its pools. {@link KindCounts} are kept
 * by tenant, for each kind of operation that its protocol tells apart; {@link UnreadBook} knows
 * where protocols keep what they have for slow clients.
 */
@NullMarked
package io.sluice.metrics;

import org.jspecify.annotations.NullMarked;
