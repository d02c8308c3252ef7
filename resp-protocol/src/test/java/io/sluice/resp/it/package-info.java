/**
 * Redis through Sluice, as clients and operators see it: a real server behind, a real Sluice in
 * this JVM.
 */
@NullMarked
package io.sluice.resp.it;

import org.jspecify.annotations.NullMarked;
