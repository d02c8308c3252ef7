/**
 * Tenants that share one Redis: ranges of database numbers, and key prefixes that are put into
 * requests and taken out of replies.
 */
@NullMarked
package io.sluice.resp.tenancy;

import org.jspecify.annotations.NullMarked;
