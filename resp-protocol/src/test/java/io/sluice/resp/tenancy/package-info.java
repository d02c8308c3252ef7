/** Tests of what keeps tenants apart that share a Redis. */
@NullMarked
package io.sluice.resp.tenancy;

import org.jspecify.annotations.NullMarked;
