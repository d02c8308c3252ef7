/**
 * The keys of the configuration that only PostgreSQL has, bound by {@link PgBinder} and resolved:
 * global, then tenant, then database or user.
 */
@NullMarked
package io.sluice.pg.config;

import org.jspecify.annotations.NullMarked;
