/**
 * What an operator configures, as immutable records.
 *
 * <p>{@link SluiceConfig} is one snapshot of the whole file; a reload builds a new one and swaps
 * it, or keeps the old. Names, units and defaults are documented where operators read them: in
 * {@code reference.conf}. Everything layered (global, tier, tenant, database, user) is already
 * resolved here: who reads a record never looks further up.
 */
@NullMarked
package io.sluice.config;

import org.jspecify.annotations.NullMarked;
