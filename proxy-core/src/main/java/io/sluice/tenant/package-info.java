/**
 * Whose client it is: {@link TenantClaim} reads which tenant a client says it belongs to, {@link
 * Destination} is what it has come for, as the configuration knows that. What it proves is in
 * {@code tenant.credential}.
 */
@NullMarked
package io.sluice.tenant;

import org.jspecify.annotations.NullMarked;
